import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkKnown } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { walks } from '../degradations/registry.js';
import { fitResidue, type ResidueFit } from '../degradations/residue.js';
import { evenLevels } from '../level.js';
import type { CategoricalNetwork } from '../networks/categorical.js';
import type { Checkpoint } from '../networks/checkpoint.js';
import type { Model, Network } from '../networks/network.js';
import { Registry } from '../registry.js';
import { sampleCategorical, type CategoricalSampling } from '../sampling/categorical.js';
import { sampleCold, type ColdSampling } from '../sampling/cold.js';
import { sampleDdim, type DdimSampling } from '../sampling/ddim.js';
import { sampleDenoiseRenoise, type DenoiseRenoiseSampling } from '../sampling/denoise-renoise.js';
import { sampleNaive } from '../sampling/naive.js';
import { rules } from '../sampling/rules.js';
import { sample, type Sampling } from '../sampling/sample.js';
import type { Given, Images, Spec, Turn } from '../types.js';

/** One run of a sampler. */
export interface SamplerRun {
  /** How many images. */
  count: number;
  seed: number;
  /** A start of the caller's own instead of one from the seed; it stays the caller's. */
  z?: Images;
  /** What is asked for, for each image. It stays the caller's. */
  given?: Given;
}

/** A model with its sampler, ready to run as often as one likes. It holds no tensors but the network's. */
export type ReadySampler = (run: SamplerRun) => AsyncGenerator<Turn, void, void>;

/** What it takes to get a sampler ready. */
export interface SamplerParts {
  /** What `pretrained` or `loadCheckpoint` gave, or `checkpointOf` makes. */
  model: Checkpoint<Model>;
  /** The training images, where the degradation leaves a residue that sampling must start from. */
  data?: ImageSet;
}

/** The samplers that a checkpoint's card can name; open to a reader's own. */
export const samplers = new Registry<ReadySampler, SamplerParts>('sampler');

samplers.define('naive', async ({ kind: _, ...options }, { model }) => {
  checkKnown('the sampler naive', options, ['steps', 'walk']);
  if (options.walk !== undefined) await walks.make(options.walk as Spec); // to see that there is such a walk
  const network = model.network as Network;
  return ({ count, seed, z }) => sampleNaive({ network, steps: options.steps as number, count, seed, z });
});

samplers.define('denoise-renoise', ({ kind: _, ...options }, parts) => {
  checkKnown('the sampler denoise-renoise', options, ['steps', 'draw']);
  return overDegradation(parts, (run) => sampleDenoiseRenoise({ ...options, ...run } as DenoiseRenoiseSampling));
});

samplers.define('cold', ({ kind: _, ...options }, parts) => {
  checkKnown('the sampler cold', options, ['steps', 'algorithm', 'draw']);
  return overDegradation(parts, (run) => sampleCold({ ...options, ...run } as ColdSampling));
});

samplers.define('ddim', ({ kind: _, ...options }, parts) => {
  checkKnown('the sampler ddim', options, ['steps', 'eta']);
  return overDegradation(parts, (run) => sampleDdim({ ...options, ...run } as unknown as DdimSampling));
});

// Any rule over any levels: evenly, in so many steps, or as they are listed.
samplers.define('sample', async ({ kind: _, ...options }, parts) => {
  checkKnown('the sampler sample', options, ['rule', 'steps', 'levels']);
  const rule = await rules.make(options.rule as Spec);
  const levels = (options.levels as number[] | undefined) ?? evenLevels(options.steps as number);
  return overDegradation(parts, (run) => sample({ ...run, rule, levels }));
});

// It starts with all pixels hidden: there is no other start.
samplers.define('palette', ({ kind: _, ...options }, { model }) => {
  checkKnown('the sampler palette', options, ['steps', 'power', 'temperature', 'corrector']);
  const network = model.network as CategoricalNetwork;
  return ({ count, seed }) => sampleCategorical({ network, ...options, count, seed } as unknown as CategoricalSampling);
});

/**
 * Gets the sampler ready that a model's card names, or `sampler` in its place, and checks all of its options.
 * @throws {RangeError | TypeError} when there is no such sampler, or an option is unknown or out of range
 */
export async function prepareSampler(
  { model, data }: SamplerParts,
  sampler: Spec | undefined = model.card.sampler,
): Promise<ReadySampler> {
  if (sampler === undefined)
    throw new TypeError('the card of the model must name a sampler; this one is not made to make images');
  const ready = await samplers.make(sampler, { model, data });
  ready({ count: 1, seed: 1 }); // samplers check their options at the call, and begin with the first turn
  return ready;
}

/**
 * A sampler over a degradation; where that leaves a residue, new residues like those of the training images are drawn.
 */
function overDegradation(
  { model, data }: SamplerParts,
  run: (options: Sampling) => AsyncGenerator<Turn, void, void>,
): ReadySampler {
  const { denoise, degradation, card } = model;
  if (!denoise || !degradation)
    throw new TypeError(`the card of the model must name its degradation for the sampler ${card.sampler?.kind}`);
  if (!degradation.residue) return (options) => run({ denoise, degradation, ...options });
  if (!data)
    throw new TypeError(
      `data must be given: ${card.degradation?.kind} leaves a residue, fitted to the training images`,
    );
  const fit = fitResidue(degradation, data);
  const turns = (options: SamplerRun, residue: tf.Tensor) => run({ denoise, degradation, ...options, residue });
  return (options) => {
    const one = tf.tidy(() => fit.sample(key(0), 1));
    turns(options, one); // checks the options, and is not begun
    one.dispose();
    return withResidue(fit, options, turns);
  };
}

async function* withResidue(
  fit: ResidueFit,
  options: SamplerRun,
  turns: (options: SamplerRun, residue: tf.Tensor) => AsyncGenerator<Turn, void, void>,
): AsyncGenerator<Turn, void, void> {
  const seed = key(options.seed, 2 ** 40); // apart from the draws of the sampler itself
  const residue = fit.sample(seed, options.count);
  seed.dispose();
  try {
    yield* turns(options, residue);
  } finally {
    residue.dispose();
  }
}
