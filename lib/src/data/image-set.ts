import { tf } from '../backend/tf.js';
import type { Images, ImageShape, Source } from '../types.js';

/** What an `ImageSet` is made of. */
export interface ImageSetParts {
  /** A few words that say what it holds, for messages and captions. */
  name: string;
  height: number;
  width: number;
  channels: number;
  /** All images one after another, each row by row and channels last, a byte for each value. */
  pixels: Uint8Array;
  /** One class number for each image. */
  labels?: Int32Array;
}

/** Which images: a list of positions, or a stretch from `start` up to but not including `end`. */
export type Selection = ArrayLike<number> | { start?: number; end?: number };

const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Images of one size, kept as bytes (a quarter of the memory that float32 takes) and turned into tensors on demand.
 * Its constructor throws when the number of pixels or labels does not fit.
 */
export class ImageSet implements Source {
  readonly name: string;
  /** How many images. */
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** All images one after another, `[length, height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array;
  /** One class number for each image, where the data has classes. */
  readonly labels?: Int32Array;

  /** @throws {Error} naming what does not fit: the number of pixels, or of labels */
  constructor({ name, height, width, channels, pixels, labels }: ImageSetParts) {
    const each = height * width * channels;
    if (![height, width, channels].every((n) => Number.isSafeInteger(n) && n > 0)) {
      throw new Error(
        `ImageSet: height, width and channels must be positive whole numbers, got ${height}, ${width}, ${channels}`,
      );
    }
    if (!(pixels instanceof Uint8Array)) {
      throw new TypeError(`ImageSet: pixels must be a Uint8Array, got ${Object.prototype.toString.call(pixels)}`);
    }
    if (pixels.length % each !== 0) {
      throw new Error(
        `ImageSet: pixels must hold a whole number of ${height}x${width}x${channels} images, got ${pixels.length} values`,
      );
    }
    this.length = pixels.length / each;
    if (labels && labels.length !== this.length) {
      throw new Error(
        `ImageSet: labels must have one number for each of the ${this.length} images, got ${labels.length}`,
      );
    }
    this.name = name;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixels = pixels;
    if (labels) this.labels = labels;
  }

  /** Height, width and channels of each image. */
  get shape(): ImageShape {
    return [this.height, this.width, this.channels];
  }

  /** The images at the positions `which`: {@link ImageSet.images}, as trainers call it. */
  read(which: Int32Array): Images {
    return this.images(which);
  }

  /**
   * The chosen images as a float32 tensor `[n, height, width, channels]` in [0, 1]; all of them where nothing is
   * chosen. The caller owns it. Throws when a position lies outside the set.
   */
  images(which?: Selection): Images {
    const rows = positions('images', this.length, which);
    const each = this.height * this.width * this.channels;
    const values = new Float32Array(rows.length * each);
    for (let row = 0, to = 0; row < rows.length; row++) {
      let from = rows[row] * each;
      for (const end = to + each; to < end;) values[to++] = unit[this.pixels[from++]];
    }
    return tf.tensor4d(values, [rows.length, this.height, this.width, this.channels]);
  }

  /** The chosen images as a set of their own, which has copies of their pixels and labels. */
  subset(which: Selection, name = this.name): ImageSet {
    return new ImageSet(this.parts(positions('subset', this.length, which), name));
  }

  /** Copies of what the images at `rows` are made of. */
  protected parts(rows: ArrayLike<number>, name: string): ImageSetParts {
    const each = this.height * this.width * this.channels;
    const pixels = new Uint8Array(rows.length * each);
    for (let i = 0; i < rows.length; i++)
      pixels.set(this.pixels.subarray(rows[i] * each, (rows[i] + 1) * each), i * each);
    const labels = this.labels && pick(this.labels, rows);
    return { name, height: this.height, width: this.width, channels: this.channels, pixels, labels };
  }
}

/** The most bytes that the pixels of a set may take. */
const mostBytes = 2 ** 32;

/** Throws, before memory is taken, when the pixels of a set would take more than 4 GiB. */
export function checkSetSize(caller: string, count: number, height: number, width: number, channels: number): void {
  const bytes = count * height * width * channels;
  if (bytes > mostBytes)
    throw new RangeError(
      `${caller}: the images may take ${mostBytes} bytes, got ${count} of ${height}x${width}x${channels}; ` +
        'pass a smaller size or a limit',
    );
}

/** The positions that `which` chooses among `length` images; throws when one lies outside. */
export function positions(caller: string, length: number, which: Selection = {}): ArrayLike<number> {
  if (!('length' in which)) {
    const { start = 0, end = length } = which;
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length)) {
      throw new Error(`${caller}: start and end must satisfy 0 <= start <= end <= ${length}, got ${start} and ${end}`);
    }
    return Int32Array.from({ length: end - start }, (_, i) => start + i);
  }
  for (let i = 0; i < which.length; i++) {
    const at = which[i];
    if (!(Number.isInteger(at) && at >= 0 && at < length)) {
      throw new Error(`${caller}: indices must be whole numbers from 0 to ${length - 1}, got ${at}`);
    }
  }
  return which;
}

/** The elements of `values` at `rows`, as an array of the same kind. */
export function pick<A extends Int32Array | Uint8Array | Float32Array>(values: A, rows: ArrayLike<number>): A {
  const chosen = new (values.constructor as new (length: number) => A)(rows.length);
  for (let i = 0; i < rows.length; i++) chosen[i] = values[rows[i]];
  return chosen;
}
