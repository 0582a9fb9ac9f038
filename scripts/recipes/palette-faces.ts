import {
  Adam,
  type CategoricalNetwork,
  categoricalUnet,
  fitPalette,
  type ImageSet,
  loadFaces,
  type Recipe,
  recipe,
  trainCategorical,
} from 'naive-diffusion';

const palette = fitPalette(await loadFaces(), { colours: 64, seed: 5 });

const options = { seed: 5, rate: 3e-3, batchSize: 32 };
type Palette = Recipe<CategoricalNetwork, ImageSet>;

/** Faces drawn pixel by pixel: for each hidden pixel the probabilities of 64 colours. */
export default recipe(options, ({ seed, rate, batchSize }): Palette => ({
  about:
    'order-agnostic autoregressive diffusion on the faces: probabilities of 64 colours for each hidden pixel, residual UNet with a dense layer in the middle',
  dataset: 'faces',
  card: {
    sampler: { kind: 'palette', steps: 64, power: 2, corrector: { rounds: 2, parts: 8, temperature: 0.7 } },
  },
  steps: 7_000,
  seed,
  data: () => loadFaces({ split: 'train' }),
  network: () => categoricalUnet({ palette, seed }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: (step) => rate * Math.max(0.01, Math.min(1, 2 * (1 - step / steps))),
      warmup: 100,
      clip: 1,
      average: 0.999,
    }),
  train: (run) => trainCategorical({ ...run, batchSize }),
}));
