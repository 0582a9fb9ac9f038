import { Adam, classifier, type Classifier, type FaceSet, type Recipe, trainClassifier } from 'naive-diffusion';
import { chances } from '../data/draw-faces.ts';
import { freshFaces } from '../data/fresh-faces.ts';

const words = Object.entries(chances).map(([name, values]) => [name, Object.keys(values)] as const);

/** What judges generated faces of twice the size: as classifier-faces, with one more level. */
export default {
  about:
    'classifier of the attributes of faces at 64×64: 8,000 faces from seed 104, all combinations, moved by up to 2',
  dataset: 'faces-64',
  steps: 1_600,
  seed: 16,
  data: () => Promise.resolve(freshFaces({ count: 8_000, seed: 104, size: 64 })),
  network: () =>
    classifier({ size: 64, widths: [16, 32, 64, 64, 64], channels: 3, heads: Object.fromEntries(words), seed: 16 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, { rate: (step) => 2e-3 * Math.max(0.01, 1 - step / steps), warmup: 50, average: 0.995 }),
  train: (run) => trainClassifier({ ...run, labels: run.data.attributes, batchSize: 64, shift: 2, noise: 0.02 }),
} satisfies Recipe<Classifier, FaceSet>;
