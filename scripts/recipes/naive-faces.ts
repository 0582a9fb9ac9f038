import { Adam, binomialWalk, loadFaces, naiveUnetConfig, type Recipe, trainNaive, unet } from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

/** The steps of the walk. */
const T = 16;
const walk = binomialWalk({ pixels: 176 });

/** Naive diffusion on faces, as chapter 4 does it, with batches of 32. */
export default {
  about: `naive diffusion on the faces: binomial walk, T = ${T}, 176 pixels a step`,
  dataset: 'faces',
  card: { sampler: { kind: 'naive', steps: T, walk: walk.spec } },
  steps: 3_000,
  seed: 4,
  data: () => loadFaces({ split: 'train' }),
  network: () => unet({ ...naiveUnetConfig, seed: 4 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: fallingRate(1e-3, steps, 3),
      warmup: 100,
      clip: 1,
      average: 0.998,
    }),
  train: (run) => trainNaive({ ...run, walk, walkSteps: T, batchSize: 32 }),
} satisfies Recipe;
