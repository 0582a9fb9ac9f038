import { tf } from '../backend/tf.js';
import { shown } from '../check.js';
import type { Images } from '../types.js';
import { toBytes } from './bytes.js';
import { ImageSet } from './image-set.js';

/** Images in either form. */
export type Pictures = Images | ImageSet;

/**
 * Images as a set, which holds bytes and no tensors, so that nobody has to dispose of it. It takes over the tensors:
 * they are gone afterwards.
 *
 * ```ts
 * const samples = asSet(await last(sampleCold({ … })));
 * const rows = asSet([data.subset({ end: 8 }), asSet(() => network(z, 1))]);
 * ```
 * @param images `[batch, height, width, channels]`, rounded to bytes, clipped to [0, 1]; or a set; or several of both,
 * of one size, which come one after another; or a function that makes them, whatever else it makes on its way
 * @param name a few words that say what it holds
 * @throws {TypeError} when it is none of these, or nothing
 * @throws {RangeError} when sizes differ, or a value is not a number
 */
export function asSet(
  images: Pictures | readonly Pictures[] | (() => Pictures | readonly Pictures[]),
  name = 'images',
): ImageSet {
  if (typeof images === 'function') {
    let set: ImageSet | undefined;
    tf.tidy(() => {
      set = asSet(images(), name);
    });
    return set!;
  }
  const parts = Array.isArray(images) ? (images as readonly Pictures[]) : [images as Pictures];
  try {
    return joined(parts, name);
  } finally {
    tf.dispose(parts.filter((part) => part instanceof tf.Tensor));
  }
}

function joined(parts: readonly Pictures[], name: string): ImageSet {
  const shapes = parts.map((part) => shapeOf(part));
  if (!shapes.length) throw new TypeError('asSet: images must be some, got an empty list');
  const [[, height, width, channels]] = shapes;
  for (const shape of shapes)
    if (shape.slice(1).join() !== [height, width, channels].join())
      throw new RangeError(
        `asSet: images must have one size, got ${height}×${width}×${channels} and ${shape.slice(1).join('×')}`,
      );
  const pixels = new Uint8Array(shapes.reduce((sum, [batch]) => sum + batch, 0) * height * width * channels);
  let place = 0;
  for (const part of parts) {
    const bytes = part instanceof tf.Tensor ? toBytes(part) : part.pixels;
    pixels.set(bytes, place);
    place += bytes.length;
  }
  return new ImageSet({ name, height, width, channels, pixels });
}

function shapeOf(part: Pictures): readonly number[] {
  if (part instanceof ImageSet) return [part.length, ...part.shape];
  if (part instanceof tf.Tensor && (part as tf.Tensor).shape.length === 4) return part.shape;
  throw new TypeError(`asSet: images must be [batch, height, width, channels] or a set, got ${shown(part)}`);
}
