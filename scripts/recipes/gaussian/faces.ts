import {
  Adam,
  denseResidualConfig,
  type Gaussian,
  gaussian,
  type ImageSet,
  karrasLevels,
  type LevelSource,
  loadFaces,
  type NoiseDraw,
  optimalDenoiser,
  type Recipe,
  type ResidualUNetConfig,
  residualUnet,
  type Schedule,
  type Spec,
  stableTarget,
  type Target,
  trainDenoiser,
  uniformLevels,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';

/** What tells the Gaussian models of the faces apart. */
interface Faces {
  /** What it is asked for, in a few words. */
  asks: string;
  schedule: Schedule;
  target: (degradation: Gaussian) => Target<NoiseDraw>;
  trainingLevels?: (degradation: Gaussian) => LevelSource;
  steps?: number;
  /** Of Heun's method, each with two guesses. */
  samplingSteps?: number;
  rule?: Spec;
  /** What is changed in the network. */
  network?: Partial<ResidualUNetConfig>;
  /** The perfect memoriser is asked for the targets of this share of each batch, its last images. */
  taught?: number;
}

/** A Gaussian model of the faces: the palette model's residual UNet, all of them trained alike. */
export function gaussianFaces(options: Faces): Recipe<ReturnType<typeof residualUnet>, ImageSet> {
  const { asks, schedule, steps = 6_000, samplingSteps = 18, rule = { kind: 'heun' } } = options;
  const degradation = gaussian({ schedule });
  const target = options.target(degradation);
  const levels = karrasLevels(schedule, { steps: samplingSteps, least: 0.01, most: 80 });
  const trainingLevels = options.trainingLevels?.(degradation) ?? uniformLevels;
  return {
    about: `Gaussian diffusion on the faces, asked for ${asks}: residual UNet with a dense layer in the middle`,
    dataset: 'faces',
    card: {
      degradation: degradation.spec,
      target: target.spec,
      sampler: { kind: 'sample', rule, levels, clip: true },
    },
    steps,
    seed: 8,
    data: () => loadFaces({ split: 'train' }),
    network: () => residualUnet({ ...denseResidualConfig, output: 'linear', seed: 8, ...options.network }),
    optimizer: (network, total) => {
      const rate = fallingRate(2e-3, total, 2);
      // Averages over a twentieth of a short run, over a thousand steps of a long one.
      return new Adam(network.weights, { rate, warmup: 100, clip: 1, average: total < 5000 ? 0.995 : 0.999 });
    },
    train: async function* (run) {
      const training = { ...run, degradation, target, levels: trainingLevels, batchSize: 32 };
      if (!options.taught) return yield* trainDenoiser(training);
      const teacher = optimalDenoiser({ data: run.data, degradation });
      const stable = stableTarget({ target, teacher, share: options.taught });
      try {
        yield* trainDenoiser({ ...training, target: stable, constants: teacher.constants });
      } finally {
        teacher.dispose();
      }
    },
  };
}
