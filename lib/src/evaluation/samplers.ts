import { loadAnimals } from '../data/animals.js';
import type { ImageSet } from '../data/image-set.js';
import { animorphosis } from '../degradations/animals.js';
import { binomial } from '../degradations/binomial.js';
import { blur } from '../degradations/blur.js';
import { desaturate } from '../degradations/desaturate.js';
import { fadeToBlack, fadeToColours } from '../degradations/fade.js';
import { gaussian } from '../degradations/gaussian.js';
import { mask } from '../degradations/mask.js';
import { pixelate } from '../degradations/pixelate.js';
import { fitResidue } from '../degradations/residue.js';
import { snow } from '../degradations/snow.js';
import { key } from '../backend/random.js';
import type { Network } from '../networks/network.js';
import { sampleCategorical } from '../sampling/categorical.js';
import { sampleCold } from '../sampling/cold.js';
import { sampleDenoiseRenoise } from '../sampling/denoise-renoise.js';
import { sampleNaive } from '../sampling/naive.js';
import type { Sampling } from '../training/recipe.js';
import type { Degradation, Images, Turn } from '../types.js';

/** One run of a sampler. */
export interface Run {
  shape: [number, number, number, number];
  seed: number;
  /** A start of the caller's own instead of one from the seed; it stays the caller's. */
  z?: Images;
}

/** A model with its sampler, ready to run as often as one likes. It holds no tensors but the network's. */
export type ReadySampler = (run: Run) => AsyncIterable<Turn>;

/** What it takes to get a sampler ready. */
export interface SamplerParts {
  network: Network;
  sampling: Sampling;
  /** The training images, where the degradation leaves a residue that sampling must start from. */
  data?: ImageSet;
}

// What `options` hold comes from a file: the samplers check it themselves.
/* eslint-disable @typescript-eslint/no-explicit-any */

/** The samplers, by what a checkpoint's notes call them. A new one is a line here. */
const samplers: Record<string, (parts: SamplerParts) => ReadySampler | Promise<ReadySampler>> = {
  naive:
    ({
      network,
      sampling: {
        options: { T },
      },
    }) =>
    (run) =>
      sampleNaive({ network, T: T as number, ...run }),
  'denoise-renoise': withDegradation((options) => sampleDenoiseRenoise(options as any)),
  cold: withDegradation((options) => sampleCold(options as any)),
  // It starts with all pixels hidden: there is no other start.
  palette:
    ({ network, sampling: { options } }) =>
    ({ shape, seed }) =>
      sampleCategorical({ network, ...options, shape, seed } as any),
};

/** The degradations by the names of the functions that make them. A new one is a line here. */
const degradations: Record<string, (options: any) => Degradation<any> | Promise<Degradation<any>>> = {
  animorphosis: async (options) => animorphosis({ animals: await loadAnimals(), ...options }),
  binomial,
  blur,
  desaturate,
  fadeToBlack,
  fadeToColours,
  gaussian,
  mask,
  pixelate,
  snow,
};

/**
 * Makes the degradation of that name.
 * @throws {RangeError} when there is none of that name, or its options are out of range
 */
export async function degradationNamed(name: string, options: Record<string, unknown> = {}): Promise<Degradation> {
  if (!Object.hasOwn(degradations, name))
    throw new RangeError(`degradation must be one of ${Object.keys(degradations).join(', ')}, got '${name}'`);
  return degradations[name](options);
}

/* eslint-enable */

/**
 * Gets the sampler ready that a model's notes name.
 * @throws {RangeError} when there is no such sampler or degradation
 */
export async function prepareSampler(parts: SamplerParts): Promise<ReadySampler> {
  const { method } = parts.sampling;
  if (!Object.hasOwn(samplers, method))
    throw new RangeError(`sampling.method must be one of ${Object.keys(samplers).join(', ')}, got '${method}'`);
  return samplers[method](parts);
}

/**
 * A sampler over a degradation; where that leaves a residue, new residues like those of the training images are drawn.
 */
function withDegradation(sample: (options: object) => AsyncIterable<Turn>) {
  return async ({ network, sampling, data }: SamplerParts): Promise<ReadySampler> => {
    const degradation = await degradationNamed(sampling.degradation, sampling.degradationOptions);
    if (!degradation.residue) return (run) => sample({ network, degradation, ...sampling.options, ...run });
    if (!data)
      throw new TypeError(
        `data must be given: ${sampling.degradation} leaves a residue, which is fitted to the training images`,
      );
    const fit = fitResidue(degradation, data);
    return async function* (run) {
      const seed = key(run.seed, 2 ** 40); // apart from the draws of the sampler itself
      const residue = fit.sample(seed, run.shape[0]);
      seed.dispose();
      try {
        yield* sample({ network, degradation, ...sampling.options, ...run, residue });
      } finally {
        residue.dispose();
      }
    };
  };
}
