import { createCanvas } from '#platform/canvas.js';
import { tf } from '../backend/tf.js';
import { checkFinite } from '../check.js';
import type { Canvas } from '../platform/types.js';
import type { Images } from '../types.js';

/** A set of images that makes tensors on demand, such as the library's `ImageSet`. */
export interface ImageSource {
  readonly length: number;
  /** The images at `start` up to but without `end`, or all of them, which the caller disposes of. */
  images(which?: { start?: number; end?: number }): Images;
}

/** What can be drawn: a batch of images, one image, or a set (of which the first ones are drawn). */
export type Drawable = Images | tf.Tensor3D | tf.Tensor | ImageSource;

/** Images as the canvas takes them: one small canvas for each, a pixel for a pixel. */
export interface Tiles {
  width: number;
  height: number;
  tiles: Canvas[];
}

/**
 * Reads images off a tensor: values are clipped to [0, 1]. One channel is grey, three are red, green and blue, a fourth
 * is opacity.
 * @param argument what the caller calls them, for the error
 * @throws {TypeError} when it is no tensor of images, or when they have another number of channels
 * @throws {RangeError} when a value of an image that is drawn is NaN or infinite
 */
export function tilesOf(caller: string, images: Drawable, limit = Infinity, argument = 'images'): Tiles {
  if (isSource(images)) {
    const batch = images.images({ start: 0, end: Math.min(images.length, limit) });
    try {
      return tilesOf(caller, batch, limit, argument);
    } finally {
      batch.dispose();
    }
  }
  const [count, height, width, channels] = imageShape(caller, images, argument);
  const each = height * width * channels;
  const shown = Math.min(count, limit);
  const values = images.dataSync().subarray(0, shown * each);
  checkFinite(caller, values, argument, { group: { name: 'image', size: each } });
  const tiles: Canvas[] = [];
  for (let i = 0; i < shown; i++) tiles.push(tile(values.subarray(i * each, (i + 1) * each), height, width, channels));
  return { width, height, tiles };
}

/** `[count, height, width, channels]` of what can be drawn as images; one image counts as a batch of one. */
function imageShape(caller: string, images: tf.Tensor, argument = 'images'): [number, number, number, number] {
  const name = `${caller}: ${argument} must`;
  if (!(images instanceof tf.Tensor)) throw new TypeError(`${name} be a tensor of images, got ${describe(images)}`);
  if (images.isDisposed) throw new TypeError(`${name} not be disposed of before they are drawn`);
  const shape = images.rank === 3 ? [1, ...images.shape] : images.shape;
  if (shape.length !== 4 || shape.includes(0))
    throw new TypeError(`${name} have shape [batch, height, width, channels], got [${images.shape}]`);
  if (![1, 3, 4].includes(shape[3]))
    throw new TypeError(`${name} have 1, 3 or 4 channels to be shown, got ${shape[3]} in [${images.shape}]`);
  return shape as [number, number, number, number];
}

/** Whether `value` is a set of images. */
export function isSource(value: unknown): value is ImageSource {
  return (
    typeof (value as ImageSource | undefined)?.images === 'function' &&
    typeof (value as ImageSource).length === 'number'
  );
}

function tile(values: ArrayLike<number>, height: number, width: number, channels: number): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  const out = picture.data;
  for (let from = 0, to = 0; to < out.length; from += channels, to += 4) {
    for (let c = 0; c < 4; c++) {
      const value = c < channels ? values[from + c] : c === 3 ? 1 : values[from]; // grey fills red, green and blue
      out[to + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? `an array of ${value.length}` : value === null ? 'null' : typeof value;
}
