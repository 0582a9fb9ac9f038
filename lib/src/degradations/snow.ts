import { normal, splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkWhole } from '../check.js';
import type { Degradation, Key } from '../types.js';
import { pureDegradation } from './degradation.js';

/** What {@link snow} decides by chance. */
export type SnowDraw = {
  /**
   * Where flakes form: normal numbers, zoomed, cut off at 2, with a margin for the wind: `[batch, h + 2r, w + 2r, 1]`.
   */
  field: tf.Tensor4D;
  /** How the wind smears them: `[batch, 2r + 1, 2r + 1]`. */
  wind: tf.Tensor3D;
};

/**
 * Snowfall after ImageNet-C (Hendrycks and Dietterich 2019, arXiv 1903.12261), its lengths scaled down to images of 32
 * pixels: random numbers are zoomed, cut at a threshold, smeared by a wind from above, and added together with their
 * half turn, while the scene behind grows pale. As t grows the threshold falls and the veil thickens, so that no flake
 * ever melts, and the last snow is a white-out.
 *
 * The veil is plain white: ImageNet-C brightens dark scenes to 1.5 times their grey, by which two images could come
 * apart.
 * @param options.zoom the size of a flake, in pixels
 * @param options.length how many pixels long the wind smears a flake
 * @throws {RangeError} when zoom is below 1 or length is not a whole number of at least 1
 */
export function snow({ zoom = 2, length = 3 }: { zoom?: number; length?: number } = {}): Degradation<SnowDraw> {
  checkNumber('snow', 'zoom', zoom, (n) => n >= 1 && n < Infinity, 'be at least 1');
  checkWhole('snow', 'length', length);
  const reach = length - 1;
  return pureDegradation<SnowDraw>(
    'snow',
    {
      draw: (key, [batch, height, width]) => {
        const [where, direction] = splitKey(key, 2);
        return {
          field: zoomedNoise(where, [batch, height + 2 * reach, width + 2 * reach], zoom),
          wind: motion(direction, batch, length),
        };
      },
      at: ({ field, wind }, x0, t) => {
        const threshold = tf.sub(2, tf.mul(2, t)); // nothing exceeds 2, and so nothing falls at t = 0
        const brightness = tf.clipByValue(tf.add(0.5, tf.mul(0.3, tf.sub(field, threshold))), 0, 1);
        const flakes = smear(tf.mul(brightness, tf.cast(tf.greater(field, threshold), 'float32')), wind);
        const layer = tf.add(flakes, tf.reverse(flakes, [1, 2]));
        const veil = tf.pow(t, 3);
        const pale = tf.add(x0, tf.mul(veil, tf.sub(1, x0)));
        // White is the limit; only what was above white already, as a prediction may be, comes down to it with the
        // veil.
        const limit = tf.add(1, tf.mul(tf.sub(1, veil), tf.relu(tf.sub(x0, 1))));
        return tf.minimum(tf.add(pale, layer), limit);
      },
    },
    { zoom, length },
  );
}

/** Normal numbers on a coarse grid, interpolated to `[batch, height, width, 1]` and cut off at 2. */
function zoomedNoise(key: Key, [batch, height, width]: [number, number, number], zoom: number): tf.Tensor4D {
  const [rows, columns] = [Math.ceil(height / zoom), Math.ceil(width / zoom)];
  const fine = tf.image.resizeBilinear(normal<tf.Rank.R4>(key, [batch, rows, columns, 1]), [
    Math.ceil(rows * zoom),
    Math.ceil(columns * zoom),
  ]);
  return tf.minimum(tf.slice(fine, [0, 0, 0, 0], [batch, height, width, 1]), 2);
}

/**
 * For each image a one-sided Gaussian streak of `length` pixels from its centre, in a random direction between 45° and
 * 135°: `[batch, 2·length − 1, 2·length − 1]`, each with the sum 1.
 */
function motion(key: Key, batch: number, length: number): tf.Tensor3D {
  const reach = length - 1;
  const side = 2 * reach + 1;
  const angle = tf.mul(tf.add(uniform(key, [batch, 1, 1]), 0.5), -Math.PI / 2);
  const offset = tf.sub(tf.range(0, side), reach);
  // shares a point out among its nearest pixels
  const near = (distance: tf.Tensor) => tf.relu(tf.sub(1, tf.abs(distance)));
  let kernel: tf.Tensor = tf.zeros([batch, side, side]);
  for (let i = 0; i < length; i++) {
    const x = near(tf.sub(offset.reshape([1, 1, side]), tf.mul(tf.cos(angle), i)));
    const y = near(tf.sub(offset.reshape([1, side, 1]), tf.mul(tf.sin(angle), i)));
    kernel = tf.add(kernel, tf.mul(tf.mul(x, y), Math.exp(-2 * (i / length) ** 2)));
  }
  return tf.div(kernel, tf.sum(kernel, [1, 2], true));
}

/** Each image convolved with its own kernel. Images go where channels are, for which there is an operation. */
function smear(x: tf.Tensor, kernels: tf.Tensor3D): tf.Tensor4D {
  const [batch, side] = kernels.shape;
  const filter = tf.transpose(kernels, [1, 2, 0]).reshape<tf.Tensor4D>([side, side, batch, 1]);
  const blurred = tf.depthwiseConv2d(tf.transpose(x, [3, 1, 2, 0]) as tf.Tensor4D, filter, 1, 'valid');
  return tf.transpose(blurred, [3, 1, 2, 0]);
}
