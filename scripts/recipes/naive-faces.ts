import { Adam, binomialWalk, loadFaces, type Recipe, trainNaive, unet } from 'naive-diffusion';

/** Naive diffusion on faces, as chapter 4 does it, for longer. */
export default {
  about: 'naive diffusion on the faces: binomial walk, T = 16, 176 pixels a step',
  dataset: 'faces',
  sampling: { method: 'naive', degradation: 'binomialWalk', options: { T: 16, pixels: 176 } },
  steps: 12_000,
  seed: 4,
  data: () => loadFaces({ split: 'train' }),
  network: () => unet({ output: 'change', seed: 4 }),
  optimizer: (network) => new Adam(network.weights, { rate: 1e-3, warmup: 100, clip: 1, average: 0.999 }),
  train: (run) => trainNaive({ ...run, walk: binomialWalk({ pixels: 176 }), T: 16, batchSize: 32 }),
} satisfies Recipe;
