import {
  Adam,
  clipped,
  type ConsistencyTraining,
  cosineSchedule,
  type Denoiser,
  gaussian,
  type ImageSet,
  karrasPace,
  loadFaces,
  type Recipe,
  type residualUnet,
  stratifiedLevels,
  trainConsistency,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';
import { beginWith } from '../begin-with.ts';

const degradation = gaussian({ schedule: cosineSchedule() });
const target = velocity(degradation);
/** The teacher, and what the student begins as. */
const best = beginWith('stable-velocity-faces');

/** What tells the students apart. */
interface Student {
  /** Where its lessons lie, as the end of a sentence. */
  lessons?: string;
  steps: number;
  /** Where it looks again, with the second of two evaluations. */
  second: number;
  /** The last 1/slope of the steps are those in which the rate falls. */
  slope: number;
  /** How much of its averages a step leaves. */
  average: number;
  /** Whether what the teacher says is held to what images can be. */
  isHeld: boolean;
  training: Pick<ConsistencyTraining, 'gap' | 'pace' | 'teacherSteps' | 'bend' | 'batchSize'>;
}

/** The best model of the series learns to say at once where its own paths end. */
export function student(options: Student): Recipe<ReturnType<typeof residualUnet>, ImageSet> {
  const { lessons = '', second, slope, average, isHeld, training } = options;
  let teacher: Denoiser;
  return {
    about: `a model of the faces for one evaluation or two: consistency distillation of stable-velocity-faces${lessons}`,
    dataset: 'faces',
    card: {
      degradation: degradation.spec,
      target: target.spec,
      sampler: { kind: 'sample', rule: { kind: 'renoise' }, levels: [1, second, 0], clip: true },
    },
    steps: options.steps,
    seed: 17,
    data: async () => {
      const { denoise } = await best.read();
      teacher = isHeld ? clipped(denoise!) : denoise!;
      return loadFaces({ split: 'train' });
    },
    network: best.network,
    optimizer: (network, steps) =>
      new Adam(network.weights, { rate: fallingRate(1e-3, steps, slope), warmup: 100, clip: 1, average }),
    train: (run) => trainConsistency({ ...run, degradation, target, teacher, levels: stratifiedLevels, ...training }),
  };
}

/**
 * A student whose lessons lie a share of the whole way further down.
 * @param options.gap the share, and how it is said
 * @param options.teacherSteps in how many steps of two guesses the teacher walks there
 */
export const consistentFaces = ({ gap, said, teacherSteps }: { gap: number; said: string; teacherSteps: number }) =>
  student({
    lessons: `, with lessons ${said} of the way further down`,
    steps: 6_000,
    second: 0.8,
    slope: 1,
    average: 0.999,
    isHeld: true,
    training: { gap, teacherSteps, pace: karrasPace(degradation), bend: 0.01, batchSize: 64 },
  });
