import {
  Adam,
  explodingSchedule,
  fourierUnet,
  gaussian,
  type ImageSet,
  loadDigits,
  logUniformLevels,
  noise,
  type Recipe,
  reinjectionLevels,
  trainDenoiser,
} from 'naive-diffusion';

/** Mean and standard deviation of all pixels of the padded training digits. */
const [mean, deviation] = [0.1003, 0.2756];
const [alpha, beta] = [0.1, 0.4];
const schedule = explodingSchedule({ most: 100 });
const degradation = gaussian({ schedule, range: [mean - deviation, mean + deviation] });
const target = noise(degradation, { told: 'share' });

/**
 * Chapter 8's program on the digits: 50 epochs of batches of 128, averages of the weights from the first step on. The
 * published model has taken 9,459 of these steps, which are 20 epochs.
 */
export default {
  about: 'Gaussian noise in ten lines: digits, asked for the noise, σ from 0.03 to 100, a network half as wide',
  dataset: 'digits',
  card: {
    degradation: degradation.spec,
    target: target.spec,
    sampler: {
      kind: 'sample',
      rule: { kind: 'reinject', beta },
      levels: reinjectionLevels(schedule, { alpha, beta, most: 100 }),
    },
  },
  steps: Math.ceil((50 * 60_000) / 128),
  seed: 8,
  data: () => loadDigits({ split: 'train' }),
  network: () => fourierUnet({ seed: 8 }),
  optimizer: (network) => new Adam(network.weights, { rate: 1e-3, average: 0.999 }),
  train: (run) => trainDenoiser({ ...run, degradation, target, levels: logUniformLevels(degradation), batchSize: 128 }),
} satisfies Recipe<ReturnType<typeof fourierUnet>, ImageSet>;
