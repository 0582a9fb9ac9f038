import { tf } from '../backend/tf.js';
import { ImageSet } from '../data/image-set.js';
import { explainedVariance, startingBits, type ExplainedVariance } from '../metrics/randomness.js';
import type { Network } from '../networks/network.js';
import { last } from '../sampling/collect.js';
import type { Sampling } from '../training/recipe.js';
import type { Images } from '../types.js';
import { prepareSampler, type ReadySampler, type SamplerParts } from './samplers.js';

/** Options of {@link sampleModel}. */
export interface ModelSampling {
  network: Network;
  /** How to sample: `notes.sampling` of a checkpoint. */
  sampling: Sampling;
  /** How many images. */
  count: number;
  /** Image i of a seed and batch size is the same however many are sampled. 1 by default. */
  seed?: number;
  /** How many images are sampled together; what memory depends on. 100 by default. */
  batchSize?: number;
  /** Batches to pass over, to go on where an earlier run stopped. 0 by default. */
  from?: number;
  /** The training images, which a degradation that leaves a residue needs. */
  data?: ImageSet;
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
 * Samples from a trained model as its notes say, batch by batch, so that memory stays flat however many images are
 * wanted.
 *
 * ```ts
 * const { network, notes } = await pretrained('naive-faces');
 * for await (const { images, done } of sampleModel({ network, sampling: notes.sampling, count: 1000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call for numbers out of range; at the first turn for a sampler or degradation
 * that is not known
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleModel(options: ModelSampling): AsyncGenerator<SampleBatch, void, void> {
  const { network, sampling, count, seed = 1, batchSize = 100, from = 0 } = options;
  for (const [name, value, least] of [
    ['count', count, 1],
    ['seed', seed, 0],
    ['batchSize', batchSize, 1],
    ['from', from, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`sampleModel: ${name} must be a whole number of at least ${least}, got ${value}`);
  }
  if (seed >= 2 ** 31) throw new RangeError(`sampleModel: seed must be below 2^31, got ${seed}`);
  if (!sampling?.method)
    throw new TypeError('sampleModel: sampling must say how to sample, as notes.sampling of a generative model does');
  imageShape(network);
  return run(options);
}

async function* run({
  network,
  sampling,
  count,
  seed = 1,
  batchSize = 100,
  from = 0,
  data,
}: ModelSampling): AsyncGenerator<SampleBatch, void, void> {
  const sampler = await ready({ network, sampling, data });
  for (let batch = from; batch * batchSize < count; batch++) {
    // Whole batches also at the end: the numbers drawn for an image depend on the size of its batch.
    const whole = await last(sampler({ shape: [batchSize, ...imageShape(network)], seed: batchSeed(seed, batch) }));
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
  const parts: Uint8Array[] = [];
  for await (const batch of sampleModel(options)) {
    parts.push(toBytes(batch.images));
    onBatch?.(batch);
  }
  const [height, width, channels] = imageShape(options.network);
  return new ImageSet({ name: 'samples', height, width, channels, pixels: Uint8Array.from(Buffer.concat(parts)) });
}

/** Values from 0 to 1 as bytes, rounded; what lies outside is clipped. */
export function toBytes(images: tf.Tensor): Uint8Array {
  return Uint8Array.from(images.dataSync(), (x) => Math.round(255 * Math.min(1, Math.max(0, x))));
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
 */
export async function measureRandomness({
  network,
  sampling,
  data,
  seed = 1,
  starts = 16,
  repeats = 4,
}: SamplerParts & { seed?: number; starts?: number; repeats?: number }): Promise<Randomness> {
  const sampler = await ready({ network, sampling, data });
  const shape = imageShape(network);
  const bits = bitsOf(sampling, shape);
  const fixed = sampling.options.draw === 'fixed' || (sampling.method === 'cold' && !sampling.options.draw);
  const first = await firstTurn(sampler, [starts, ...shape], batchSeed(seed, 0));
  try {
    const runs: Images[] = [];
    try {
      // With one fixed draw for all steps, that draw belongs to the start.
      for (let i = 1; i <= repeats; i++)
        runs.push(await last(sampler({ shape: [starts, ...shape], z: first, seed: batchSeed(seed, fixed ? 0 : i) })));
      const outputs = tf.tidy(() => tf.reshape(tf.stack(runs, 1), [starts * repeats, -1]));
      const { share, error } = explainedVariance(outputs, starts);
      outputs.dispose();
      return { ...(bits !== undefined && { bits }), explained: { share, error } };
    } finally {
      tf.dispose(runs);
    }
  } finally {
    first.dispose();
  }
}

/** z_T of a run, which the caller owns. */
async function firstTurn(
  sampler: ReadySampler,
  shape: [number, number, number, number],
  seed: number,
): Promise<Images> {
  for await (const { z } of sampler({ shape, seed })) return z.clone();
  throw new Error('measureRandomness: the sampler yielded nothing');
}

/** The bits of z_T, where they can be counted. */
function bitsOf({ method, degradation }: Sampling, [height, width]: readonly number[]): number | undefined {
  if (method === 'palette') return 0;
  return degradation.startsWith('binomial') ? startingBits({ kind: 'binomial', height, width }).bits : undefined;
}

/** A seed of its own for each batch. */
function batchSeed(seed: number, batch: number): number {
  return seed * 2 ** 20 + batch;
}

async function ready(parts: SamplerParts): Promise<ReadySampler> {
  return prepareSampler(parts).catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { message: `sampleModel: ${error.message}` }) : error;
  });
}

/** Height, width and channels of what a network makes. */
function imageShape({ config }: Network): [number, number, number] {
  const { size, channels } = config as { size?: number; channels?: number };
  if (!size || !channels)
    throw new TypeError(
      `sampleModel: network must have size and channels in its configuration, got ${JSON.stringify(config)}`,
    );
  return [size, size, channels];
}
