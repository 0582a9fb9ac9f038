import { Adam, binomialWalk, loadDigits, type Recipe, trainNaive, unet } from 'naive-diffusion';

const walk = binomialWalk({ pixels: 96 });

/** A run of seconds, with everything in it that a longer one has: warm-up, clipping, averages. */
export default {
  about: 'naive diffusion on 64 digits, for tests',
  dataset: 'digits',
  card: { sampler: { kind: 'naive', steps: 5, walk: walk.spec } },
  steps: 60,
  seed: 4,
  data: () => loadDigits({ limit: 64 }),
  network: () => unet({ channels: 1, widths: [4, 8], dense: 8, seed: 4 }),
  optimizer: (network) => new Adam(network.weights, { rate: 1e-3, warmup: 10, clip: 1, average: 0.9 }),
  train: (run) => trainNaive({ ...run, walk, walkSteps: 5, batchSize: 4 }),
} satisfies Recipe;
