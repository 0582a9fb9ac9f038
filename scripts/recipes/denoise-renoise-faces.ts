import {
  Adam,
  binomial,
  clean,
  denseResidualConfig,
  loadFaces,
  recipe,
  residualUnet,
  trainDenoiser,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

const degradation = binomial();

/** Denoise/renoise on faces: binomial noise without replacement, squared error, the budget of the other models. */
export default recipe({ seed: 5, rate: 1e-3, batchSize: 32 }, ({ seed, rate, batchSize }) => ({
  about: 'denoise/renoise on the faces: binomial noise, squared error, residual UNet with a dense layer in the middle',
  dataset: 'faces',
  card: {
    degradation: degradation.spec,
    target: clean.spec,
    sampler: { kind: 'denoise-renoise', steps: 64, draw: 'fresh' },
  },
  steps: 3_000,
  seed,
  data: () => loadFaces({ split: 'train' }),
  network: () => residualUnet({ ...denseResidualConfig, seed }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: fallingRate(rate, steps, 3),
      warmup: 100,
      clip: 1,
      average: 0.998,
    }),
  train: (run) => trainDenoiser({ ...run, degradation, batchSize }),
}));
