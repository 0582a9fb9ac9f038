import { Adam, binomialWalk, loadDigits, recipe, trainNaive, unet } from 'naive-diffusion';

const walk = binomialWalk({ pixels: 96 });

/** A run of seconds, with everything in it that a longer one has: warm-up, clipping, averages. */
export default recipe({ seed: 4, rate: 1e-3 }, ({ seed, rate }) => ({
  about: 'naive diffusion on 64 digits, for tests',
  dataset: 'digits',
  card: { sampler: { kind: 'naive', steps: 5, walk: walk.spec } },
  steps: 60,
  seed,
  data: () => loadDigits({ limit: 64 }),
  network: () => unet({ channels: 1, widths: [4, 8], dense: 8, seed }),
  optimizer: (network) => new Adam(network.weights, { rate, warmup: 10, clip: 1, average: 0.9 }),
  train: (run) => trainNaive({ ...run, walk, walkSteps: 5, batchSize: 4 }),
}));
