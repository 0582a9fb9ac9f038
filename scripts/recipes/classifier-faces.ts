import { Adam, classifier, type Classifier, type FaceSet, type Recipe, trainClassifier } from 'naive-diffusion';
import { chances } from '../data/draw-faces.ts';
import { freshFaces } from '../data/fresh-faces.ts';

const words = Object.entries(chances).map(([name, values]) => [name, Object.keys(values)] as const);

/**
 * What judges generated faces: it sees faces of its own, with all combinations of attributes, so that it does not
 * inherit the split.
 */
export default {
  about: 'classifier of the attributes of faces: 20,000 faces from seed 101, all combinations, moved by up to 1 pixel',
  dataset: 'faces',
  steps: 2_400,
  seed: 7,
  data: () => Promise.resolve(freshFaces({ count: 20_000, seed: 101 })),
  network: () => classifier({ channels: 3, heads: Object.fromEntries(words), seed: 7 }),
  optimizer: (network, steps) =>
    new Adam(network.weights, { rate: (step) => 2e-3 * Math.max(0.01, 1 - step / steps), warmup: 50, average: 0.995 }),
  train: (run) => trainClassifier({ ...run, labels: run.data.attributes, batchSize: 100, shift: 1, noise: 0.02 }),
} satisfies Recipe<Classifier, FaceSet>;
