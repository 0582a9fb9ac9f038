import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, shown } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { walks } from '../degradations/registry.js';
import { fitResidue, type ResidueFit } from '../degradations/residue.js';
import { evenLevels } from '../level.js';
import type { CategoricalNetwork } from '../networks/categorical.js';
import type { Checkpoint } from '../networks/checkpoint.js';
import { clipped } from '../networks/denoiser.js';
import type { Model, Network } from '../networks/network.js';
import { Registry } from '../registry.js';
import { sampleCategorical, type CategoricalSampling } from '../sampling/categorical.js';
import { sampleCold, type ColdSampling } from '../sampling/cold.js';
import { sampleDdim, type DdimSampling } from '../sampling/ddim.js';
import { sampleDenoiseRenoise, type DenoiseRenoiseSampling } from '../sampling/denoise-renoise.js';
import { sampleNaive } from '../sampling/naive.js';
import { rules } from '../sampling/rules.js';
import { type Sampling } from '../sampling/options.js';
import { sample } from '../sampling/sample.js';
import type { Conditions, Given, Images, Spec, Turn } from '../types.js';

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
export interface ReadySampler {
  (run: SamplerRun): AsyncGenerator<Turn, void, void>;
  /** Its kind and its options, so that others are refused; the library's own samplers look for themselves. */
  readonly spec?: Spec;
}

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
  checkUnconditional('naive', network);
  return ({ count, seed, z, given }) => {
    refuse('naive', { given }, 'it asks for nothing');
    return sampleNaive({ network, steps: options.steps as number, count, seed, z });
  };
});

samplers.define('denoise-renoise', ({ kind, ...options }, parts) => {
  checkKnown('the sampler denoise-renoise', options, ['steps', 'draw']);
  return overDegradation(kind, parts, (run) => sampleDenoiseRenoise({ ...options, ...run } as DenoiseRenoiseSampling));
});

samplers.define('cold', ({ kind, ...options }, parts) => {
  checkKnown('the sampler cold', options, ['steps', 'algorithm', 'draw']);
  return overDegradation(kind, parts, (run) => sampleCold({ ...options, ...run } as ColdSampling));
});

samplers.define('ddim', ({ kind, ...options }, parts) => {
  checkKnown('the sampler ddim', options, ['steps', 'eta']);
  return overDegradation(kind, parts, (run) => sampleDdim({ ...options, ...run } as unknown as DdimSampling));
});

// Any rule over any levels: evenly, in so many steps, or as they are listed. `clip` holds the guesses to [0, 1].
samplers.define('sample', async ({ kind, ...options }, parts) => {
  checkKnown('the sampler sample', options, ['rule', 'steps', 'levels', 'clip']);
  const { clip = false } = options;
  checkChoice('the sampler sample', 'clip', clip, [true, false]);
  if ((options.steps === undefined) === (options.levels === undefined))
    throw new TypeError(
      `the sampler sample: either steps or levels must be given, got ${options.steps === undefined ? 'none' : 'both'}`,
    );
  const rule = await rules.make(options.rule as Spec);
  const levels = (options.levels as number[] | undefined) ?? evenLevels(options.steps as number);
  return overDegradation(kind, parts, (run) => {
    const denoise = clip ? clipped(run.denoise) : run.denoise;
    return sample({ ...run, denoise, rule, levels });
  });
});

// It starts with all pixels hidden: there is no other start.
samplers.define('palette', ({ kind: _, ...options }, { model }) => {
  checkKnown('the sampler palette', options, ['steps', 'power', 'temperature', 'order', 'corrector']);
  const network = model.network as CategoricalNetwork;
  return ({ count, seed, z, given }) => {
    refuse('palette', { z, given }, 'it starts with all pixels hidden, and asks for nothing');
    return sampleCategorical({ network, ...options, count, seed } as unknown as CategoricalSampling);
  };
});

/**
 * Gets the sampler ready that a model's card names, or `sampler` in its place, and checks all of its options. What a
 * conditional model is asked for, each run says.
 * @throws {RangeError | TypeError} when there is no such sampler, or an option is unknown or out of range
 */
export async function prepareSampler(
  { model, data }: SamplerParts,
  sampler: Spec | undefined = model.card.sampler,
): Promise<ReadySampler> {
  if (!model?.card) throw new TypeError(`model must be one, as loadCheckpoint() gives it, got ${shown(model)}`);
  if (sampler === undefined)
    throw new TypeError('the card of the model must name a sampler; this one is not made to make images');
  const ready = await samplers.make(sampler, { model, data });
  const given = nothing(model);
  try {
    ready({ count: 1, seed: 1, given }); // samplers check their options at the call, and begin with the first turn
  } finally {
    tf.dispose(given ?? {});
  }
  return ready;
}

/** What a model must be given. */
export function conditionsOf({ network }: Checkpoint<Model>): Conditions {
  return (network as Partial<Network>).conditions ?? {};
}

/** What asks a conditional model for nothing, for one image. */
function nothing(model: Checkpoint<Model>): Given | undefined {
  const names = Object.keys(conditionsOf(model));
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, tf.fill([1], -1)]));
}

function checkUnconditional(kind: string, { conditions = {} }: Partial<Network>): void {
  const names = Object.keys(conditions);
  if (names.length > 0)
    throw new TypeError(`the sampler ${kind} must have a network without conditions, got one with ${names.join(', ')}`);
}

/** What a sampler cannot do must not be asked of it. */
function refuse(kind: string, options: Record<string, unknown>, why: string): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined) throw new TypeError(`the sampler ${kind}: ${name} must be left out: ${why}`);
}

/**
 * A sampler over a degradation; where that leaves a residue, new residues like those of the training images are drawn.
 */
function overDegradation(
  kind: string,
  { model, data }: SamplerParts,
  run: (options: Sampling) => AsyncGenerator<Turn, void, void>,
): ReadySampler {
  const { denoise, degradation, card } = model;
  if (!denoise || !degradation)
    throw new TypeError(`the card of the model must name its degradation for the sampler ${kind}`);
  if (!degradation.residue) return (options) => run({ denoise, degradation, ...options });
  if (!data)
    throw new TypeError(
      `data must be given: ${card.degradation?.kind} leaves a residue, fitted to the training images`,
    );
  const fit = fitResidue(degradation, data);
  const turns = (options: SamplerRun, residue: tf.Tensor) => run({ denoise, degradation, ...options, residue });
  return (options) => {
    const some = tf.tidy(() => tf.zeros([options.z?.shape[0] ?? wholeOr1(options.count), ...fit.shape]));
    try {
      turns(options, some); // checks the options, and is not begun
    } finally {
      some.dispose();
    }
    return withResidue(fit, options, turns);
  };
}

/** How many rows there can be, for the check of a number that may be none. */
const wholeOr1 = (count: number): number => (Number.isSafeInteger(count) && count > 0 ? count : 1);

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
