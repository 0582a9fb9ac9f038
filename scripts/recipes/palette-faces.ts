import {
  Adam,
  type CategoricalNetwork,
  categoricalUnet,
  fitPalette,
  type ImageSet,
  loadFaces,
  type Recipe,
  trainCategorical,
} from 'naive-diffusion';

const palette = fitPalette(await loadFaces(), { colours: 64, seed: 5 });

/** Faces drawn pixel by pixel: for each hidden pixel the probabilities of 64 colours. */
export default {
  about:
    'order-agnostic autoregressive diffusion on the faces: probabilities of 64 colours for each hidden pixel, residual UNet with a dense layer in the middle',
  dataset: 'faces',
  card: {
    sampler: { kind: 'palette', steps: 64, power: 2, corrector: { rounds: 2, parts: 8, temperature: 0.7 } },
  },
  steps: 7_000,
  seed: 5,
  data: () => loadFaces({ split: 'train' }),
  network: () => categoricalUnet({ palette, seed: 5 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: (step) => 3e-3 * Math.max(0.01, Math.min(1, 2 * (1 - step / steps))),
      warmup: 100,
      clip: 1,
      average: 0.999,
    }),
  train: (run) => trainCategorical({ ...run, batchSize: 32 }),
} satisfies Recipe<CategoricalNetwork, ImageSet>;
