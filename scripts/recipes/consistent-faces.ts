import {
  Adam,
  assignWeights,
  cosineSchedule,
  type Denoiser,
  denseResidualConfig,
  gaussian,
  type ImageSet,
  loadFaces,
  pretrained,
  readWeights,
  type Recipe,
  residualUnet,
  stratifiedLevels,
  trainConsistency,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

const start = 'stable-velocity-faces';
const degradation = gaussian({ schedule: cosineSchedule() });
const target = velocity(degradation);

let teacher: Denoiser;
let before: Awaited<ReturnType<typeof readWeights>>;

/** The best model of the series learns to say at once where its own paths end. */
export default {
  about: 'a model of the faces for one evaluation or two: consistency distillation of stable-velocity-faces',
  dataset: 'faces',
  card: {
    degradation: degradation.spec,
    target: target.spec,
    sampler: { kind: 'sample', rule: { kind: 'renoise' }, levels: [1, 0.5, 0], clip: true },
  },
  steps: 4_000,
  seed: 17,
  data: async () => {
    const { network, denoise } = await pretrained(start);
    teacher = denoise!;
    before = await readWeights(network.parameters);
    return loadFaces({ split: 'train' });
  },
  network: () => {
    const network = residualUnet({ ...denseResidualConfig, output: 'linear', seed: 8 });
    assignWeights(network.parameters, before, start);
    return network;
  },
  optimizer: (network, steps) =>
    new Adam(network.weights, { rate: fallingRate(1e-3, steps, 2), warmup: 100, clip: 1, average: 0.998 }),
  train: (run) =>
    trainConsistency({ ...run, degradation, target, teacher, gap: 1 / 8, levels: stratifiedLevels, batchSize: 32 }),
} satisfies Recipe<ReturnType<typeof residualUnet>, ImageSet>;
