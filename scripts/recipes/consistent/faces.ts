import {
  Adam,
  assignWeights,
  clipped,
  cosineSchedule,
  type Denoiser,
  denseResidualConfig,
  gaussian,
  type ImageSet,
  karrasPace,
  loadFaces,
  pretrained,
  readWeights,
  type Recipe,
  residualUnet,
  stratifiedLevels,
  trainConsistency,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';

const start = 'stable-velocity-faces';
const degradation = gaussian({ schedule: cosineSchedule() });
const target = velocity(degradation);

let teacher: Denoiser;
let before: Awaited<ReturnType<typeof readWeights>>;

/** How far down a path lessons lie, in words. */
const inWords = new Map([
  [1 / 8, 'an eighth'],
  [1 / 2, 'half'],
]);

/**
 * The best model of the series learns to say at once where its own paths end.
 * @param options.gap how far down a path the lessons lie, in shares of the whole way
 * @param options.teacherSteps in how many steps of two guesses the teacher walks there
 */
export function consistentFaces({
  gap,
  teacherSteps,
}: {
  gap: number;
  teacherSteps: number;
}): Recipe<ReturnType<typeof residualUnet>, ImageSet> {
  return {
    about:
      'a model of the faces for one evaluation or two: consistency distillation of stable-velocity-faces, ' +
      `with lessons ${inWords.get(gap)} of the way further down`,
    dataset: 'faces',
    card: {
      degradation: degradation.spec,
      target: target.spec,
      sampler: { kind: 'sample', rule: { kind: 'renoise' }, levels: [1, 0.8, 0], clip: true },
    },
    steps: 6_000,
    seed: 17,
    data: async () => {
      const { network, denoise } = await pretrained(start);
      teacher = clipped(denoise!);
      before = await readWeights(network.parameters);
      return loadFaces({ split: 'train' });
    },
    network: () => {
      const network = residualUnet({ ...denseResidualConfig, output: 'linear', seed: 8 });
      assignWeights(network.parameters, before, start);
      return network;
    },
    optimizer: (network, steps) =>
      new Adam(network.weights, { rate: fallingRate(1e-3, steps, 1), warmup: 100, clip: 1, average: 0.999 }),
    train: (run) =>
      trainConsistency({
        ...run,
        degradation,
        target,
        teacher,
        teacherSteps,
        pace: karrasPace(degradation),
        gap,
        levels: stratifiedLevels,
        bend: 0.01,
        batchSize: 64,
      }),
  };
}
