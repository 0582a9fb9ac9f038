import { Adam, binomial, denseResidualConfig, loadFaces, type Recipe, residualUnet, trainClean } from 'naive-diffusion';

/** Denoise/renoise on faces: binomial noise without replacement, squared error, the budget of the other models. */
export default {
  about: 'denoise/renoise on the faces: binomial noise, squared error, residual UNet with a dense layer in the middle',
  dataset: 'faces',
  sampling: { method: 'denoise-renoise', degradation: 'binomial', options: { S: 64, draw: 'fresh' } },
  steps: 3_000,
  seed: 5,
  data: () => loadFaces({ split: 'train' }),
  network: () => residualUnet({ ...denseResidualConfig, seed: 5 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: (step) => 1e-3 * Math.max(0.02, Math.min(1, 3 * (1 - step / steps))),
      warmup: 100,
      clip: 1,
      average: 0.998,
    }),
  train: (run) => trainClean({ ...run, degradation: binomial(), batchSize: 32 }),
} satisfies Recipe;
