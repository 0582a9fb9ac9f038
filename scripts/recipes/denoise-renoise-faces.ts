import {
  Adam,
  binomial,
  clean,
  denseResidualConfig,
  loadFaces,
  type Recipe,
  residualUnet,
  trainDenoiser,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

const degradation = binomial();

/** Denoise/renoise on faces: binomial noise without replacement, squared error, the budget of the other models. */
export default {
  about: 'denoise/renoise on the faces: binomial noise, squared error, residual UNet with a dense layer in the middle',
  dataset: 'faces',
  card: {
    degradation: degradation.spec,
    target: clean.spec,
    sampler: { kind: 'denoise-renoise', steps: 64, draw: 'fresh' },
  },
  steps: 3_000,
  seed: 5,
  data: () => loadFaces({ split: 'train' }),
  network: () => residualUnet({ ...denseResidualConfig, seed: 5 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: fallingRate(1e-3, steps, 3),
      warmup: 100,
      clip: 1,
      average: 0.998,
    }),
  train: (run) => trainDenoiser({ ...run, degradation, batchSize: 32 }),
} satisfies Recipe;
