import {
  Adam,
  denseResidualConfig,
  type Gaussian,
  gaussian,
  karrasLevels,
  type LevelSource,
  loadFaces,
  type NoiseDraw,
  optimalDenoiser,
  recipe,
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
export function gaussianFaces(options: Faces) {
  const { asks, schedule, steps = 6_000, samplingSteps = 18, rule = { kind: 'heun' } } = options;
  const degradation = gaussian({ schedule });
  const target = options.target(degradation);
  const levels = karrasLevels(schedule, { steps: samplingSteps, least: 0.01, most: 80 });
  const trainingLevels = options.trainingLevels?.(degradation) ?? uniformLevels;
  return recipe({ seed: 8, rate: 2e-3, batchSize: 32 }, ({ seed, rate, batchSize }) => ({
    about: `Gaussian diffusion on the faces, asked for ${asks}: residual UNet with a dense layer in the middle`,
    dataset: 'faces',
    card: {
      degradation: degradation.spec,
      target: target.spec,
      sampler: { kind: 'sample', rule, levels, clip: true },
    },
    steps,
    seed,
    data: () => loadFaces({ split: 'train' }),
    network: () => residualUnet({ ...denseResidualConfig, output: 'linear', seed, ...options.network }),
    optimizer: (network, total) => {
      // Averages over a twentieth of a short run, over a thousand steps of a long one.
      const average = total < 5000 ? 0.995 : 0.999;
      return new Adam(network.weights, { rate: fallingRate(rate, total, 2), warmup: 100, clip: 1, average });
    },
    train: async function* (run) {
      const training = { ...run, degradation, target, levels: trainingLevels, batchSize };
      if (!options.taught) return yield* trainDenoiser(training);
      const teacher = optimalDenoiser({ data: run.data, degradation });
      const stable = stableTarget({ target, teacher, share: options.taught });
      try {
        yield* trainDenoiser({ ...training, target: stable, constants: teacher.constants });
      } finally {
        teacher.dispose();
      }
    },
  }));
}
