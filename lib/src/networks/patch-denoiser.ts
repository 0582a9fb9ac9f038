import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, shown } from '../check.js';
import { levels } from '../level.js';
import type { Denoiser, Estimate, Gaussian, Images, Level, Source } from '../types.js';
import { tidyEstimate } from './denoiser.js';
import { checkImages } from './optimal-denoiser.js';

/** Options of {@link patchDenoiser}. */
export interface PatchOptions {
  /** The images that it knows. */
  data: Source;
  /** The noise. */
  degradation: Gaussian;
  /**
   * How far the window of a pixel reaches to each side, in pixels, at a strength of noise σ/α: `[batch, 1, 1]` in and
   * out, by tensor operations. Between whole numbers the outermost pixels count in part. {@link windowOf} 0.05 to 5
   * when left out, a first guess: that of a network must be measured.
   */
  radius?: (ratio: tf.Tensor3D) => tf.Tensor3D;
}

/** A denoiser that keeps its images as a tensor. */
export interface PatchDenoiser extends Denoiser {
  /** Frees the images. */
  dispose(): void;
}

/** About how many numbers a block of differences may hold. */
const ROOM = 2 ** 22;

/**
 * What the exact denoiser becomes when each pixel is guessed from a window around it alone, whose size depends on the
 * noise: the local score machine of Kamb and Ganguli 2024 (arXiv 2412.20292). The value at p is the mean of
 * the images' values there, weighed by how their windows fit,
 *
 *   Σ w_i·x_i(p),   w = softmax(−Σ_{q near p} (z(q) − α·x_i(q))²/(2·σ²)),
 *
 * so that different places may come from different images: what it paints is new. With windows as large as the images
 * it is {@link optimalDenoiser}; windows end at the border. It compares patches of the same place only, as is right for
 * images that are aligned, such as faces.
 *
 * ```ts
 * const denoise = patchDenoiser({ data, degradation: gaussian() });
 * const { x0 } = denoise(z, 0.5);
 * denoise.dispose();
 * ```
 * It takes some operations for each value of each image, for each image of the batch: use few thousands of images.
 * @throws {RangeError} when data holds no image
 * @throws {TypeError} when degradation is no Gaussian noise, or radius no function
 */
export function patchDenoiser(options: PatchOptions): PatchDenoiser {
  checkKnown('patchDenoiser', options, ['data', 'degradation', 'radius']);
  const { data, degradation, radius } = options;
  checkImages('patchDenoiser', data, degradation);
  const [height, width] = data.shape;
  const reach = radius ?? windowOf({ least: 0.05, most: 5, radius: Math.max(height, width) - 1 });
  if (typeof reach !== 'function')
    throw new TypeError(`patchDenoiser: radius must be a function of σ/α, got ${shown(reach)}`);
  const images = tf.tidy(() => degradation.toSigned(data.read(Int32Array.from({ length: data.length }, (_, i) => i))));
  const denoise = (z: Images, level: Level): Estimate =>
    tidyEstimate(() => {
      const { alpha, sigma } = degradation.coefficients(levels(level, z.shape[0], 'patchDenoiser'));
      const ratio = tf.reshape<tf.Rank.R3>(tf.div(sigma, tf.maximum(alpha, 1e-4)), [-1, 1, 1]);
      const windows = [height, width].map((side) => windowsOf(side, reach(ratio))) as [tf.Tensor3D, tf.Tensor3D];
      const variance = tf.maximum(tf.square(sigma), 1e-12) as tf.Tensor4D;
      const guess = average(images, { z: degradation.toSigned(z), alpha, variance, windows });
      return { x0: degradation.fromSigned(guess) };
    });
  const { shape } = data;
  const whole: PatchDenoiser = Object.assign(denoise, {
    weights: [],
    constants: [images],
    degradation,
    shape,
    dispose: () => {
      images.dispose();
    },
  });
  return radius ? whole : pureIf(whole, degradation);
}

/**
 * A window that grows with the logarithm of σ/α: it reaches 1 pixel to each side at `least`, and `radius` at `most`.
 * @throws {RangeError} when least is not above 0 and below most
 */
export function windowOf({ least, most, radius }: { least: number; most: number; radius: number }) {
  if (!(least > 0 && least < most && most < Infinity && radius >= 0))
    throw new RangeError(
      `windowOf: least must be above 0 and below most, and radius at least 0, got ${least}, ${most} and ${radius}`,
    );
  const length = Math.log(most / least);
  return (ratio: tf.Tensor3D): tf.Tensor3D => {
    const share = tf.div(tf.log(tf.div(tf.maximum(ratio, 1e-9), least)), length);
    return tf.add<tf.Tensor3D>(1, tf.mul(tf.clipByValue(share, 0, 1), radius - 1));
  };
}

/** How much pixel q counts in the window of pixel p along one side, `[batch, side, side]`. */
function windowsOf(side: number, radius: tf.Tensor3D): tf.Tensor3D {
  const places = tf.range(0, side);
  const apart = tf.abs(tf.sub(tf.reshape(places, [1, side, 1]), tf.reshape(places, [1, 1, side])));
  return tf.clipByValue(tf.sub<tf.Tensor3D>(tf.add(radius, 1), apart), 0, 1);
}

/** What the guess is made from. */
interface Seen {
  readonly z: Images;
  readonly alpha: tf.Tensor4D;
  readonly variance: tf.Tensor4D;
  readonly windows: [rows: tf.Tensor3D, columns: tf.Tensor3D];
}

/** The guess, block by block of the images, each in units of the largest weight so far. */
function average(images: tf.Tensor4D, { z, alpha, variance, windows }: Seen): Images {
  const [batch, height, width, channels] = z.shape;
  const size = Math.max(1, Math.floor(ROOM / (batch * height * width * channels)));
  let most: tf.Tensor = tf.fill([batch, height, 1, width], -1e38);
  let [total, sum]: tf.Tensor[] = [tf.scalar(0), tf.scalar(0)];
  const forChannels = (map: tf.Tensor) => tf.reshape(map, [batch, height, width, 1]);
  for (let start = 0; start < images.shape[0]; start += size) {
    const block = tf.slice(images, start, Math.min(size, images.shape[0] - start));
    const known = tf.transpose(block, [1, 0, 2, 3]); // [height, n, width, channels]
    const gap = tf.sub(tf.expandDims(z, 2), tf.mul(tf.expandDims(alpha, 1), tf.expandDims(known, 0)));
    const off = inWindows(tf.sum(tf.square(gap), 4) as tf.Tensor4D, windows);
    const logs = tf.div(tf.neg(off), tf.mul(variance, 2)); // [batch, height, n, width]
    const least = tf.maximum(most, tf.max(logs, 2, true));
    const shrunk = tf.exp(tf.sub(most, least));
    const weights = tf.exp(tf.sub(logs, least));
    total = tf.add(tf.mul(total, shrunk), tf.sum(weights, 2, true));
    const mixed = tf.sum(tf.mul(tf.expandDims(weights, 4), tf.expandDims(known, 0)), 2);
    sum = tf.add(tf.mul(sum, forChannels(shrunk)), mixed);
    most = least;
  }
  return tf.div(sum, forChannels(total));
}

/** The sums of squares over the window of each pixel: `[batch, height, n, width]`. */
function inWindows(squares: tf.Tensor4D, [rows, columns]: [tf.Tensor3D, tf.Tensor3D]): tf.Tensor4D {
  const [batch, height, count, width] = squares.shape;
  const along = tf.matMul(tf.reshape(squares, [batch, height * count, width]), columns);
  return tf.reshape(tf.matMul(rows, tf.reshape(along, [batch, height, count * width])), squares.shape);
}
