import {
  Adam,
  classifier,
  type Classifier,
  type ImageSet,
  loadDigits,
  type Recipe,
  trainClassifier,
} from 'naive-diffusion';

/** What judges generated digits: it sees the first 55,000 training digits; the last 5,000 calibrate it. */
export default {
  about: 'classifier of the digits: 55,000 training digits, moved by up to 2 pixels',
  dataset: 'digits',
  steps: 3_300,
  seed: 7,
  data: () => loadDigits({ limit: 55_000 }),
  network: () => classifier({ channels: 1, heads: { digit: [...'0123456789'] }, seed: 7 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, { rate: (step) => 2e-3 * Math.max(0.01, 1 - step / steps), warmup: 50, average: 0.995 }),
  train: (run) =>
    trainClassifier({ ...run, labels: { digit: run.data.labels! }, batchSize: 100, shift: 2, noise: 0.02 }),
} satisfies Recipe<Classifier, ImageSet>;
