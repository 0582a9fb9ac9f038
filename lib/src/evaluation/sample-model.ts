import { tf } from '../backend/tf.js';
import { checkWhole, shown } from '../check.js';
import { toBytes } from '../data/bytes.js';
import { checkSetSize, ImageSet } from '../data/image-set.js';
import { explainedVariance, startingBits, type ExplainedVariance } from '../metrics/randomness.js';
import type { Checkpoint } from '../networks/checkpoint.js';
import type { Model } from '../networks/network.js';
import { last } from '../sampling/collect.js';
import type { Given, Images, ImageShape, Spec } from '../types.js';
import { checkGiven, checkNames } from '../networks/given.js';
import { conditionsOf, prepareSampler, type ReadySampler, type SamplerParts } from './samplers.js';

/** Options of {@link sampleModel}. */
export interface ModelSampling extends SamplerParts {
  /** How to sample, in the place of what the model's card says. */
  sampler?: Spec;
  /** How many images. */
  count: number;
  /** Image i of a seed and batch size is the same however many are sampled. 1 by default. */
  seed?: number;
  /** How many images are sampled together; what memory depends on. 100 by default. */
  batchSize?: number;
  /** Batches to pass over, to go on where an earlier run stopped. 0 by default. */
  skip?: number;
  /**
   * What is asked for, for the images of each batch; made anew for each, and disposed of. A conditional model must be
   * given it.
   */
  given?: (batch: number) => Given;
}

/** One batch of samples; the images are borrowed until the next turn. */
export interface SampleBatch {
  images: Images;
  /** Its number, from 0. */
  batch: number;
  /** How many images there are with it. */
  done: number;
}

/**
 * Samples from a trained model as its card says, batch by batch, so that memory stays flat however many images are
 * wanted.
 *
 * ```ts
 * const model = await pretrained('naive-faces');
 * for await (const { images, done } of sampleModel({ model, count: 1000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call for numbers out of range; at the first turn for a sampler or degradation
 * that is not known
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleModel(options: ModelSampling): AsyncGenerator<SampleBatch, void, void> {
  check('sampleModel', options);
  return run('sampleModel', options);
}

function check(caller: string, { model, count, seed = 1, batchSize = 100, skip = 0, given }: ModelSampling): void {
  imageShape(caller, model);
  checkWhole(caller, 'count', count);
  checkSeed(caller, seed);
  checkWhole(caller, 'batchSize', batchSize);
  checkWhole(caller, 'skip', skip, 0);
  if (given !== undefined && typeof given !== 'function')
    throw new TypeError(`${caller}: given must be a function of the batch's number, got ${shown(given)}`);
  if (!given) checkNames(caller, undefined, conditionsOf(model));
}

async function* run(caller: string, options: ModelSampling): AsyncGenerator<SampleBatch, void, void> {
  const { model, data, count, seed = 1, batchSize = 100, skip = 0, given } = options;
  const sampler = await ready(caller, { model, data }, options.sampler);
  for (let batch = skip; batch * batchSize < count; batch++) {
    // Whole batches also at the end: the numbers drawn for an image depend on the size of its batch.
    const asked = given?.(batch);
    let whole: Images;
    try {
      whole = await last(sampler({ count: batchSize, seed: batchSeed(seed, batch), given: asked }));
    } finally {
      tf.dispose(asked ?? {});
    }
    const images = tf.tidy(() => tf.slice(whole, 0, Math.min(batchSize, count - batch * batchSize)));
    whole.dispose();
    try {
      yield { images, batch, done: Math.min(count, (batch + 1) * batchSize) };
    } finally {
      images.dispose();
    }
  }
}

/** {@link sampleModel} into a set of images kept as bytes, a quarter of the memory of a tensor. */
export async function sampleSet(options: ModelSampling, onBatch?: (batch: SampleBatch) => void): Promise<ImageSet> {
  check('sampleSet', options);
  const [height, width, channels] = imageShape('sampleSet', options.model);
  const skipped = (options.skip ?? 0) * (options.batchSize ?? 100);
  const kept = Math.max(0, options.count - skipped);
  checkSetSize('sampleSet', kept, height, width, channels);
  const pixels = new Uint8Array(kept * height * width * channels);
  let filled = 0;
  for await (const batch of run('sampleSet', options)) {
    const bytes = toBytes(batch.images);
    pixels.set(bytes, filled);
    filled += bytes.length;
    onBatch?.(batch);
  }
  return new ImageSet({ name: 'samples', height, width, channels, pixels });
}

/** Where the randomness of a model's samples comes from. */
export interface Randomness {
  /** Bits of z_T; absent where they cannot be counted. */
  bits?: number;
  /** The share of the variance of the samples' pixels that z_T explains, with its standard error. */
  explained?: Pick<ExplainedVariance, 'share' | 'error'>;
}

/**
 * Measures how much of a model's randomness is in z_T: samples several times from each of some starts, with other draws
 * on the way. Where the sampler's way starts from nothing at all (all pixels hidden), z_T holds no bits and explains
 * nothing.
 * @param options.starts how many starts, at least 8
 * @param options.repeats how many samples of each, at least 2
 * @param options.given what is asked for, for each of the starts; it stays the caller's. A conditional model must be
 * given it
 * @throws {RangeError | TypeError} when an option is out of range, or something is wrong with model or sampler
 */
export async function measureRandomness(
  options: SamplerParts & { sampler?: Spec; seed?: number; starts?: number; repeats?: number; given?: Given },
): Promise<Randomness> {
  const caller = 'measureRandomness';
  const { model, data, seed = 1, starts = 16, repeats = 4, given } = options;
  imageShape(caller, model);
  checkSeed(caller, seed);
  checkWhole(caller, 'starts', starts, 8);
  checkWhole(caller, 'repeats', repeats, 2);
  checkGiven(caller, given, conditionsOf(model), starts);
  const sampler = options.sampler ?? model.card.sampler;
  const makeImages = await ready(caller, { model, data }, sampler);
  const bits = bitsOf(model, sampler!);
  const fixed = keepsItsDraw(sampler!);
  // A palette's way starts with all pixels hidden, always.
  const z = sampler!.kind === 'palette' ? undefined : await firstTurn(makeImages, starts, batchSeed(seed, 0), given);
  const runs: Images[] = [];
  try {
    for (let i = 1; i <= repeats; i++)
      runs.push(await last(makeImages({ count: starts, z, seed: batchSeed(seed, fixed ? 0 : i), given })));
    const outputs = tf.tidy(() => tf.reshape(tf.stack(runs, 1), [starts * repeats, -1]));
    try {
      const { share, error } = explainedVariance(outputs, starts);
      return { ...(bits !== undefined && { bits }), explained: { share, error } };
    } finally {
      outputs.dispose();
    }
  } finally {
    tf.dispose([z, ...runs]);
  }
}

/** Whether there is one draw for all steps, which then belongs to the start. */
function keepsItsDraw({ kind, draw, rule }: Spec): boolean {
  if (kind === 'cold') return (draw ?? 'fixed') === 'fixed';
  if (kind !== 'sample') return draw === 'fixed';
  const { kind: way, draw: drawn } = rule as Spec & { draw?: Spec };
  return (drawn?.kind ?? (way === 'improve' ? 'fixed' : 'fresh')) === 'fixed';
}

/** z_T of a run, which the caller owns. */
async function firstTurn(sampler: ReadySampler, count: number, seed: number, given?: Given): Promise<Images> {
  for await (const { z } of sampler({ count, seed, given })) return z.clone();
  throw new Error('measureRandomness: the sampler yielded nothing');
}

/** The bits of z_T, where they can be counted. */
function bitsOf(model: Checkpoint<Model>, sampler: Spec): number | undefined {
  const [height, width] = imageShape('measureRandomness', model);
  if (sampler.kind === 'palette') return 0;
  const isBinomial = sampler.kind === 'naive' || model.card.degradation?.kind === 'binomial';
  return isBinomial ? startingBits({ kind: 'binomial', height, width }).bits : undefined;
}

/** A seed of its own for each batch. */
function batchSeed(seed: number, batch: number): number {
  return seed * 2 ** 20 + batch;
}

function checkSeed(caller: string, seed: number): void {
  checkWhole(caller, 'seed', seed, 0);
  if (seed >= 2 ** 31) throw new RangeError(`${caller}: seed must be below 2^31, got ${seed}`);
}

async function ready(caller: string, parts: SamplerParts, sampler: Spec | undefined): Promise<ReadySampler> {
  try {
    return await prepareSampler(parts, sampler);
  } catch (error) {
    if (error instanceof Error) error.message = `${caller}: ${error.message}`;
    throw error;
  }
}

/** Height, width and channels of what a model makes. */
function imageShape(caller: string, model: Checkpoint<Model>): ImageShape {
  if (!model?.network || !model.card)
    throw new TypeError(`${caller}: model must be one, as loadCheckpoint() gives it, got ${shown(model)}`);
  const { network } = model;
  const { shape } = network as Model & { shape?: ImageShape };
  if (!shape)
    throw new TypeError(`${caller}: network must say the shape of its images, got one of '${network.config.kind}'`);
  return shape;
}
