import { cosineTransform } from '../backend/cosine-transform.js';
import { tf } from '../backend/tf.js';
import type { Images } from '../types.js';
import { raster, type SizedImages } from './pictures.js';

/** How much of the images' energy lies in fine detail. */
export interface HighFrequency {
  /** The share for all images together, in [0, 1]. */
  share: number;
  /** The share for each image; 0 for an image of one colour. */
  each: Float64Array;
}

/** Pixels that stand alone. */
export interface Outliers {
  /** The mean number for an image. */
  mean: number;
  /** The number for each image. */
  each: Int32Array;
}

/** So many images are transformed together. */
const atOnce = 512;

/**
 * The share of the images' energy (without their mean colour) at spatial frequencies above `cutoff` times the highest
 * that pixels can show (half a cycle a pixel), in any direction, by the cosine transform. Blurred images have less than
 * the data, noisy ones more: compare it with that of real images of the same size.
 *
 * It needs one image of at least 4 × 4 pixels. In float32: the error is below 1e-5.
 */
export function highFrequencyShare(images: Images | SizedImages, o: { cutoff?: number } = {}): HighFrequency {
  const { cutoff = 0.5 } = o;
  if (!(cutoff > 0 && cutoff < 1))
    throw new RangeError(`highFrequencyShare: cutoff must lie between 0 and 1, got ${cutoff}`);
  const { count, height, width, channels, image } = raster('highFrequencyShare', 'images', images, 4);
  const size = height * width * channels;
  const high = new Float64Array(count);
  const all = new Float64Array(count);
  for (let start = 0; start < count; start += atOnce) {
    const n = Math.min(atOnce, count - start);
    const block = new Float32Array(n * size);
    for (let i = 0; i < n; i++) block.set(image(start + i), i * size);
    const [above, total] = energies(block, [n, height, width, channels], cutoff);
    high.set(above, start);
    all.set(total, start);
  }
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return { share: sum(all) > 0 ? sum(high) / sum(all) : 0, each: high.map((x, i) => (all[i] > 0 ? x / all[i] : 0)) };
}

/**
 * Counts the pixels that differ from (nearly) all of their neighbours by more than `threshold` in some channel: specks
 * that were never denoised, or never should have been there. Clean drawings have few, single black and white pixels are
 * found.
 *
 * It needs one image of at least 3 × 3 pixels. Pixels at the border have 5 neighbours, those in corners 3.
 * @param o.threshold smallest difference that counts, for images in [0, 1]
 * @param o.alike how many neighbours may be like the pixel and leave it an outlier; 0: it stands alone
 */
export function isolatedOutliers(
  images: Images | SizedImages,
  o: { threshold?: number; alike?: number } = {},
): Outliers {
  const { threshold = 0.25, alike = 0 } = o;
  if (!(threshold > 0 && threshold < 1))
    throw new RangeError(`isolatedOutliers: threshold must lie between 0 and 1, got ${threshold}`);
  if (!(Number.isInteger(alike) && alike >= 0 && alike < 8))
    throw new RangeError(`isolatedOutliers: alike must be a whole number from 0 to 7, got ${alike}`);
  const { count, height, width, channels, image } = raster('isolatedOutliers', 'images', images, 3);
  const each = Int32Array.from({ length: count }, (_, i) => {
    const values = image(i);
    let outliers = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (similarNeighbours(values, x, y, height, width, channels, threshold) <= alike) outliers++;
      }
    }
    return outliers;
  });
  return { mean: each.reduce((a, b) => a + b, 0) / count, each };
}

/** How many of the pixel's neighbours differ from it by at most `threshold` in every channel. */
function similarNeighbours(
  values: Float32Array,
  x: number,
  y: number,
  height: number,
  width: number,
  channels: number,
  threshold: number,
): number {
  const here = (y * width + x) * channels;
  let similar = 0;
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
      const there = (row * width + column) * channels;
      if (there === here) continue;
      let channel = 0;
      while (channel < channels && Math.abs(values[here + channel] - values[there + channel]) <= threshold) channel++;
      if (channel === channels) similar++;
    }
  }
  return similar;
}

/** Energy above the cut-off, and in all, of each image; the mean of each channel taken off. */
function energies(
  values: Float32Array,
  shape: [number, number, number, number],
  cutoff: number,
): [Float32Array, Float32Array] {
  const [n, height, width, channels] = shape;
  const [above, total] = tf.tidy((): [tf.Tensor1D, tf.Tensor1D] => {
    const planes = tf.transpose(tf.tensor4d(values, shape), [0, 3, 1, 2]);
    const centred = tf.reshape(tf.sub(planes, tf.mean(planes, [2, 3], true)), [n * channels * height, width]);
    const across = tf.reshape(tf.matMul(centred, cosines(width)), [n * channels, height, width]);
    const columns = tf.reshape(tf.transpose(across, [0, 2, 1]), [n * channels * width, height]);
    const energy = tf.reshape(tf.square(tf.matMul(columns, cosines(height))), [n, channels, width, height]);
    const mask = tf.tensor2d(
      Array.from({ length: width }, (_, u) =>
        Array.from({ length: height }, (_, v) => (Math.hypot(u / width, v / height) > cutoff ? 1 : 0)),
      ),
    );
    return [tf.sum(tf.mul(energy, mask), [1, 2, 3]), tf.sum(energy, [1, 2, 3])];
  });
  const result: [Float32Array, Float32Array] = [above.dataSync<'float32'>(), total.dataSync<'float32'>()];
  tf.dispose([above, total]);
  return result;
}

/** The cosine transform as a matrix `[place, frequency]`, by which rows are multiplied from the right. */
function cosines(n: number): tf.Tensor2D {
  return tf.transpose(tf.tensor2d(cosineTransform(n), [n, n]));
}
