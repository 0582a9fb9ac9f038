import { tf } from '../backend/tf.js';
import { checkFinite } from '../check.js';

/**
 * Rows of plain numbers, for points that are not tensors: `data` holds `shape[0]` points of `shape[1]` numbers, one
 * after another.
 */
export interface Rows {
  data: Float32Array;
  shape: readonly [count: number, size: number];
}

/** Images kept as bytes, as an `ImageSet` keeps them. They count as numbers in [0, 1]. */
export interface ImageBytes {
  pixels: Uint8Array;
  length: number;
}

/**
 * What a metric compares: feature vectors `[n, d]`, images `[n, height, width, channels]` (any tensor whose first axis
 * counts its points), images kept as bytes, or rows of plain numbers. Metrics read them and dispose of nothing.
 */
export type Points = tf.Tensor | ImageBytes | Rows;

/** Points as the metrics of this directory hold them. */
export interface Cloud {
  /** How many points. */
  count: number;
  /** How many numbers each has. */
  size: number;
  values: Float32Array | Uint8Array;
}

/** How many points a metric needs, and why fewer would mislead. */
export interface Need {
  atLeast: number;
  because: string;
}

/** The largest size of a number: the squares of a million of them can be summed in float32. */
export const mostSize = 1e15;

/** The value of a byte as `ImageSet.images` gives it. */
const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Reads `points` without copying where it can. The errors name `caller` and `argument`.
 * Throws for a shape that does not fit, for numbers that are not finite, and for fewer points than `need` asks for.
 */
export function cloud(caller: string, argument: string, points: Points, need?: Need): Cloud {
  const name = `${caller}: ${argument} must`;
  const { count, size, values } = read(name, points);
  if (need && count < need.atLeast) {
    throw new Error(`${name} hold at least ${need.atLeast} points, got ${count}: ${need.because}`);
  }
  if (!(count >= 1 && size >= 1)) throw new Error(`${name} hold points, got ${count} of ${size} numbers`);
  if (values.length !== count * size) throw new Error(`${name} hold ${count} x ${size} numbers, got ${values.length}`);
  if (values instanceof Float32Array)
    checkFinite(caller, values, argument, { most: mostSize, group: { name: 'point', size } });
  return { count, size, values };
}

/** Throws unless all clouds have points of one size. */
export function sameSize(caller: string, clouds: Record<string, Cloud>): void {
  const sizes = Object.values(clouds).map(({ size }) => size);
  if (sizes.some((size) => size !== sizes[0])) {
    throw new Error(
      `${caller}: ${Object.keys(clouds).join(' and ')} must have points of one size, got ${sizes.join(' and ')} numbers`,
    );
  }
}

/** The numbers of point `index`; `scratch` (of the points' size) is used where bytes must be converted. */
export function point({ size, values }: Cloud, index: number, scratch: Float32Array): Float32Array {
  const from = index * size;
  if (values instanceof Float32Array) return values.subarray(from, from + size);
  for (let i = 0; i < size; i++) scratch[i] = unit[values[from + i]];
  return scratch;
}

/** The mean of all points, in double precision. */
export function mean(points: Cloud): Float64Array {
  const sum = new Float64Array(points.size);
  const scratch = new Float32Array(points.size);
  for (let i = 0; i < points.count; i++) {
    const row = point(points, i, scratch);
    for (let j = 0; j < sum.length; j++) sum[j] += row[j];
  }
  return sum.map((x) => x / points.count);
}

/** The points at `rows`, copied. */
export function select({ size, values }: Cloud, rows: ArrayLike<number>): Cloud {
  const chosen =
    values instanceof Float32Array ? new Float32Array(rows.length * size) : new Uint8Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) chosen.set(values.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  return { count: rows.length, size, values: chosen };
}

function read(name: string, points: Points): Cloud {
  if (points instanceof tf.Tensor) {
    if (points.isDisposed) throw new TypeError(`${name} not be disposed of before it is measured`);
    if (points.rank < 2) throw new Error(`${name} have the shape [n, ...], got [${points.shape.join(', ')}]`);
    const count = points.shape[0];
    return { count, size: count ? points.size / count : 0, values: Float32Array.from(points.dataSync()) };
  }
  const { pixels, length, data, shape } = (points ?? {}) as Partial<ImageBytes & Rows>;
  if (pixels instanceof Uint8Array && length !== undefined)
    return { count: length, size: length ? pixels.length / length : 0, values: pixels };
  if (data instanceof Float32Array && shape?.length === 2) return { count: shape[0], size: shape[1], values: data };
  const came = points === null ? 'null' : Array.isArray(points) ? `an array of ${points.length}` : typeof points;
  throw new TypeError(`${name} be a tensor, images kept as bytes, or { data: Float32Array, shape }, got ${came}`);
}
