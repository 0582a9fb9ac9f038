import { Adam, binomialWalk, loadFaces, type Recipe, trainNaive, unet, type UNetConfig } from 'naive-diffusion';

/** Naive diffusion on faces, as chapter 4 does it, for longer. */
export default {
  about: 'naive diffusion on the faces: binomial walk, T = 60, 32 pixels a step',
  steps: 12_000,
  seed: 4,
  data: () => loadFaces({ split: 'train' }),
  network: () => unet({ seed: 4 } satisfies Partial<UNetConfig>),
  optimizer: (network) => new Adam(network.weights, { rate: 1e-3, warmup: 100, clip: 1, average: 0.999 }),
  train: (run) => trainNaive({ ...run, walk: binomialWalk({ pixels: 32 }), T: 60, batchSize: 32 }),
} satisfies Recipe;
