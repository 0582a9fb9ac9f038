import { Adam, binomialWalk, loadDigits, naiveUnetConfig, recipe, trainNaive, unet } from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

/** The walk has `walkSteps`, in each of which `pixels` are drawn anew. */
const options = { seed: 4, walkSteps: 20, pixels: 96, rate: 1e-3, batchSize: 32 };

/** Naive diffusion on digits, as chapter 4 does it, with batches of 32. */
export default recipe(options, ({ seed, walkSteps, pixels, rate, batchSize }) => {
  const walk = binomialWalk({ pixels });
  return {
    about: `naive diffusion on the digits: binomial walk, T = ${walkSteps}, ${pixels} pixels a step`,
    dataset: 'digits',
    card: { sampler: { kind: 'naive', steps: walkSteps, walk: walk.spec } },
    steps: 3_000,
    seed,
    data: () => loadDigits({ split: 'train' }),
    network: () => unet({ channels: 1, widths: naiveUnetConfig.widths, seed }),
    optimizer: (network, steps) =>
      new Adam(network.weights, {
        rate: fallingRate(rate, steps, 3),
        warmup: 100,
        clip: 1,
        average: 0.998,
      }),
    train: (run) => trainNaive({ ...run, walk, walkSteps, batchSize }),
  };
});
