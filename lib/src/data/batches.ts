import { Interrupted } from '../backend/interrupt.js';
import { tf } from '../backend/tf.js';
import { checkWhole, hasShape, shown } from '../check.js';
import { Random } from '../random.js';
import type { Images, Source } from '../types.js';
import { pick } from './image-set.js';

/** How a set is cut into batches. */
export interface BatchesOptions {
  /** Images in a batch; the last batch of an epoch has what is left. */
  size: number;
  /** Seed of the shuffling: the same seed gives the same batches in the same order. */
  seed: number;
  /** How often to go through the whole set, each time in a new order. Default: without end. */
  epochs?: number;
  /** How many batches to pass over, to go on where an earlier run of the same seed and size stopped. Default 0. */
  start?: number;
}

/** One batch. Its tensor is borrowed until the next turn: clone to keep. */
export interface Batch {
  /** `[n, height, width, channels]`, float32; images lie in [0, 1]. */
  images: Images;
  /** Where in the set each image stands. */
  indices: Int32Array;
  /** The label of each image, where the set has labels. */
  labels?: Int32Array;
  /** How often the whole set has been gone through before. */
  epoch: number;
}

/**
 * Goes through a set in shuffled batches: in each epoch every image occurs exactly once, and the last batch is
 * shorter where `size` does not divide the set.
 */
export function batches(
  set: Source,
  { size, seed, epochs = Infinity, start = 0 }: BatchesOptions,
): Generator<Batch, void, void> {
  checkWhole('batches', 'size', size);
  checkWhole('batches', 'seed', seed, 0);
  checkWhole('batches', 'start', start, 0);
  if (epochs !== Infinity) checkWhole('batches', 'epochs', epochs);
  checkSource('batches', 'set', set);
  if (set.length === 0) throw new Error(`batches: set must hold at least one image, '${set.name}' has none`);
  return run(set, new Random(seed), size, epochs, start);
}

function* run(set: Source, random: Random, size: number, epochs: number, start: number): Generator<Batch, void, void> {
  const perEpoch = Math.ceil(set.length / size);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.shuffle(set.length);
    for (let batch = Math.max(0, start - epoch * perEpoch); batch < perEpoch; batch++) {
      const indices = order.slice(batch * size, (batch + 1) * size);
      const images = read(set, indices);
      try {
        yield { images, indices, labels: set.labels && pick(set.labels, indices), epoch };
      } finally {
        images.dispose();
      }
    }
  }
}

/** Whether something is a source: at the call, where none of it is read. */
export function checkSource(caller: string, name: string, set: Source): void {
  if (typeof set?.read !== 'function' || !Number.isSafeInteger(set.length) || !Array.isArray(set.shape))
    throw new TypeError(
      `${caller}: ${name} must be a source with length, shape and read, as an ImageSet is, got ${shown(set)}`,
    );
  if (set.labels && set.labels.length !== set.length)
    throw new RangeError(
      `${caller}: ${name} must have a label for each of its ${set.length} images, '${set.name}' has ${set.labels.length}`,
    );
}

/** What a source reads, which must be what it says of itself. */
function read(set: Source, which: Int32Array): Images {
  let images: unknown;
  try {
    images = set.read(which);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Interrupted) throw error;
    throw new Error(`the source '${set.name}' cannot be read: ${error.message}`, { cause: error });
  }
  const shape = [which.length, ...set.shape];
  if (hasShape(images, shape) && images.dtype === 'float32') return images as Images;
  const came = images instanceof tf.Tensor ? `${images.dtype}, [${images.shape}]` : describe(images);
  // What was read all the same is nobody's any more.
  void Promise.resolve(images).then(
    (late) => tf.dispose(late as tf.TensorContainer),
    () => undefined,
  );
  throw new TypeError(`the source '${set.name}' must read float32 images of shape [${shape}], got ${came}`);
}

function describe(value: unknown): string {
  return value instanceof Promise ? 'a promise: it must read without waiting' : shown(value);
}
