import {
  Adam,
  binomial,
  loadDigits,
  type Recipe,
  residualUnet,
  stratifiedLevels,
  trainDenoiser,
} from 'naive-diffusion';

const degradation = binomial();

/** A denoiser of 70 digits, with levels that rise through a batch, and a last batch of an epoch that is shorter. */
export default {
  about: 'denoising 70 digits, for tests',
  dataset: 'digits',
  card: { degradation: degradation.spec },
  steps: 1_000_000,
  seed: 4,
  data: () => loadDigits({ limit: 70 }),
  network: () => residualUnet({ channels: 1, widths: [8, 16], blocks: 1, dense: 8, seed: 4 }),
  // Where a gradient is nothing but rounding, Adam without such an epsilon takes whole steps all the same.
  optimizer: (network) => new Adam(network.weights, { rate: 1e-3, epsilon: 1e-4, warmup: 10, clip: 1, average: 0.9 }),
  train: (run) => trainDenoiser({ ...run, degradation, levels: stratifiedLevels, batchSize: 16 }),
} satisfies Recipe;
