import { tf } from '../backend/tf.js';
import { checkImageShape, shown } from '../check.js';
import type { ImageShape, Source } from '../types.js';
import { positions } from './image-set.js';

/** What a {@link FloatSet} is made of. */
export interface FloatSetParts {
  /** A few words that say what it holds, for messages and captions. */
  name: string;
  /** Height, width and channels of each. */
  shape: ImageShape;
  /** All values one after another, channels last. */
  values: Float32Array;
  /** One class number for each. */
  labels?: Int32Array;
}

/** Latents, sounds, or whatever else is no image: numbers of any size, kept as floats. */
export class FloatSet implements Source {
  readonly name: string;
  readonly length: number;
  readonly shape: ImageShape;
  readonly values: Float32Array;
  readonly labels?: Int32Array;

  /**
   * @throws {RangeError} when the number of values or labels does not fit, or a value is not finite
   * @throws {TypeError} when values is no Float32Array
   */
  constructor({ name, shape, values, labels }: FloatSetParts) {
    checkImageShape('FloatSet', 'shape', shape);
    const each = shape[0] * shape[1] * shape[2];
    if (!(values instanceof Float32Array))
      throw new TypeError(`FloatSet: values must be a Float32Array, got ${shown(values)}`);
    if (values.length === 0 || values.length % each !== 0)
      throw new RangeError(`FloatSet: values must hold a whole number of [${shape}], got ${values.length} values`);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`FloatSet: values must be finite, got ${values[bad]} at place ${bad}`);
    this.length = values.length / each;
    if (labels && labels.length !== this.length)
      throw new RangeError(`FloatSet: labels must be one for each of ${this.length}, got ${labels.length}`);
    this.name = name;
    this.shape = [...shape];
    this.values = values;
    if (labels) this.labels = labels;
  }

  /**
   * Those at the positions `which`, `[n, height, width, channels]`. The caller owns them.
   * @throws {Error} when a position lies outside the set
   */
  read(which: Int32Array): tf.Tensor4D {
    const [height, width, channels] = this.shape;
    const each = height * width * channels;
    const rows = positions('read', this.length, which);
    const chosen = new Float32Array(rows.length * each);
    for (let i = 0; i < rows.length; i++)
      chosen.set(this.values.subarray(rows[i] * each, (rows[i] + 1) * each), i * each);
    return tf.tensor4d(chosen, [rows.length, height, width, channels]);
  }
}
