import {
  Adam,
  explodingSchedule,
  gaussian,
  karras,
  karrasLevels,
  loadSounds,
  logNormalLevels,
  type Recipe,
  type SoundSet,
  soundUnet,
  trainDenoiser,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

const schedule = explodingSchedule({ most: 10 });
const degradation = gaussian({ schedule, range: [-1, 1] });
/** The standard deviation of all samples. */
const target = karras(degradation, { data: 0.17 });
const levels = logNormalLevels(degradation, { mean: -2.2, deviation: 1.2 });

/**
 * Chapter 18: what is told is the instrument, and the note. The published model was trained in six goes, which were
 * meant to end after 1,000, 640, 1,000, 800, 2,400 and 1,420 steps, so that its rate fell three times.
 */
export default {
  about: 'Gaussian diffusion on half a second of sound: a UNet for one dimension, told instrument and note',
  dataset: 'sounds',
  card: {
    degradation: degradation.spec,
    target: target.spec,
    sampler: {
      kind: 'sample',
      rule: { kind: 'heun' },
      levels: karrasLevels(schedule, { steps: 18, least: 0.002, most: 10 }),
    },
  },
  steps: 1420,
  seed: 18,
  data: () => loadSounds(),
  network: () => soundUnet({ conditions: { instrument: 3, note: 24 }, seed: 18 }),
  optimizer: (network, total) => {
    const rate = fallingRate(2e-3, total, 2);
    return new Adam(network.weights, { rate, warmup: 50, clip: 1, average: 0.995 });
  },
  train: (run) =>
    trainDenoiser({
      ...run,
      degradation,
      target,
      levels,
      given: ({ indices }) => run.data.given(indices),
      batchSize: 32,
    }),
} satisfies Recipe<ReturnType<typeof soundUnet>, SoundSet>;
