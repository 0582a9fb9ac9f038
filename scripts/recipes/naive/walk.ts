import { Adam, binomialWalk, type ImageSet, naiveUnetConfig, recipe, trainNaive, unet } from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';

/** What tells the models of chapter 4 apart. */
interface Naive {
  dataset: 'digits' | 'faces';
  data: () => Promise<ImageSet>;
  /** Steps of the walk. */
  walkSteps: number;
  /** Pixels that are drawn anew in each of them. */
  pixels: number;
  /** What is changed in the network. */
  network?: Partial<Parameters<typeof unet>[0]>;
}

/** Naive diffusion as chapter 4 does it, with batches of 32. */
export function naive({ dataset, data, network, ...walks }: Naive) {
  const options = { seed: 4, ...walks, rate: 1e-3, batchSize: 32 };
  return recipe(options, ({ seed, walkSteps, pixels, rate, batchSize }) => {
    const walk = binomialWalk({ pixels });
    return {
      about: `naive diffusion on the ${dataset}: binomial walk, T = ${walkSteps}, ${pixels} pixels a step`,
      dataset,
      card: { sampler: { kind: 'naive', steps: walkSteps, walk: walk.spec } },
      steps: 3_000,
      seed,
      data,
      network: () => unet({ ...naiveUnetConfig, ...network, seed }),
      optimizer: ({ weights }, steps) =>
        new Adam(weights, { rate: fallingRate(rate, steps, 3), warmup: 100, clip: 1, average: 0.998 }),
      train: (run) => trainNaive({ ...run, walk, walkSteps, batchSize }),
    };
  });
}
