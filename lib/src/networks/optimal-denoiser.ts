import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkWhole } from '../check.js';
import { checkGaussian } from '../degradations/belonging.js';
import { levels } from '../level.js';
import type { Denoiser, Estimate, Gaussian, Images, Level, Source } from '../types.js';
import { tidyEstimate } from './denoiser.js';

/** Options of {@link optimalDenoiser}. */
export interface OptimalOptions {
  /** The images that it knows. */
  data: Source;
  /** The noise. */
  degradation: Gaussian;
  /** How many images are weighed at once: 4,096 when left out. A call takes room for so many numbers an image. */
  blockSize?: number;
}

/** A denoiser that keeps its images as tensors. */
export interface OptimalDenoiser extends Denoiser {
  /** How much of each image is in the guess: `z` of `[batch, …]` gives `[batch, data.length]`, each row of sum 1. */
  shares(z: Images, t: Level): tf.Tensor2D;
  /** Frees the images. */
  dispose(): void;
}

/** Images as rows, about the mean of all: `[n, values]`, and the squares of their lengths, `[1, n]`. */
type Block = { readonly images: tf.Tensor2D; readonly squares: tf.Tensor2D };

/** z as rows about α times the mean of the images, `[batch, values]`, with α and σ² of each, `[batch, 1]`. */
interface Seen {
  readonly rows: tf.Tensor2D;
  readonly alpha: tf.Tensor2D;
  readonly variance: tf.Tensor2D;
}

/** How many of the nearest images of a block have their distance measured without rounding. */
const NEAREST = 8;

/**
 * The exact denoiser of a list of images, all equally likely: what a network that trains for ever on them and nothing
 * else comes to (Karras et al. 2022, arXiv 2206.00364, appendix B.3, with α). A mean of the images themselves,
 *
 *   E[x0 | z] = Σ w_i·x_i,   w = softmax(−‖z − α·x_i‖²/(2·σ²)),
 *
 * so that samples made with it are those images. One product of matrices a step; distances of the nearest images are
 * then taken from their differences, so that float32 tells images apart that are nearly the same. It has a gradient, by
 * ∇E[x0 | z] = α/σ²·Cov(x0 | z).
 *
 * ```ts
 * const denoise = optimalDenoiser({ data, degradation: gaussian() });
 * const { x0 } = denoise(z, 0.5);
 * denoise.dispose();
 * ```
 * It keeps the images as float32, four times as much as an `ImageSet` does.
 * @throws {RangeError} when data holds no image, or blockSize is no whole number above 0
 * @throws {TypeError} when degradation is no Gaussian noise
 */
export function optimalDenoiser(options: OptimalOptions): OptimalDenoiser {
  checkKnown('optimalDenoiser', options, ['data', 'degradation', 'blockSize']);
  const { data, degradation, blockSize = 4096 } = options;
  checkImages('optimalDenoiser', data, degradation);
  checkWhole('optimalDenoiser', 'blockSize', blockSize);
  const { mean, blocks } = tf.tidy(() => blocksOf(data, degradation, blockSize));
  const see = (z: Images, t: Level): Seen => {
    const { alpha, sigma } = degradation.coefficients(levels(t, z.shape[0], 'optimalDenoiser'));
    const [a, s] = [alpha, sigma].map((value) => tf.reshape<tf.Rank.R2>(value, [-1, 1]));
    const rows = tf.reshape<tf.Rank.R2>(degradation.toSigned(z), [z.shape[0], -1]);
    return { rows: tf.sub(rows, tf.mul(a, mean)), alpha: a, variance: tf.maximum(tf.square(s), 1e-12) };
  };
  const denoise = (z: Images, t: Level): Estimate =>
    tidyEstimate(() => {
      const { rows, alpha, variance } = see(z, t);
      const guess = tf.customGrad((...inputs) => {
        const [own, save] = inputs as unknown as [tf.Tensor2D, tf.GradSaveFunc];
        const value = average(blocks, { rows: own, alpha, variance });
        save([own, value, alpha, variance]);
        return { value, gradFunc: (dy, saved) => bent(blocks, dy as tf.Tensor2D, saved as tf.Tensor2D[]) };
      })(rows);
      return { x0: degradation.fromSigned(tf.reshape(tf.add(guess, mean), z.shape)) };
    });
  const shares = (z: Images, t: Level): tf.Tensor2D =>
    tf.tidy(() => {
      const seen = see(z, t);
      return tf.softmax(
        tf.concat(
          blocks.map((block) => logWeights(block, seen)),
          1,
        ),
      ) as tf.Tensor2D;
    });
  const constants = [mean, ...blocks.flatMap(({ images, squares }) => [images, squares])];
  const whole: OptimalDenoiser = Object.assign(denoise, {
    weights: [],
    constants,
    degradation,
    shape: data.shape,
    shares,
    dispose: () => {
      tf.dispose(constants);
    },
  });
  return pureIf(whole, degradation);
}

/** There must be images, and Gaussian noise. */
export function checkImages(caller: string, data: Source, degradation: Gaussian): void {
  if (!(data?.length > 0)) throw new RangeError(`${caller}: data must hold at least one image`);
  checkGaussian(caller, degradation);
}

/** All images in blocks, in the range in which noise is added, about their mean. */
function blocksOf(data: Source, degradation: Gaussian, size: number): { mean: tf.Tensor2D; blocks: Block[] } {
  const count = Math.ceil(data.length / size);
  const rows = Array.from({ length: count }, (_, i) => {
    const which = Int32Array.from({ length: Math.min(size, data.length - i * size) }, (__, j) => i * size + j);
    return tf.tidy(() => tf.reshape<tf.Rank.R2>(degradation.toSigned(data.read(which)), [which.length, -1]));
  });
  const sum = rows.map((block) => tf.sum(block, 0, true)).reduce((a, b) => tf.add(a, b));
  const mean = tf.div<tf.Tensor2D>(sum, data.length);
  const blocks = rows.map((block) => {
    const images = tf.sub<tf.Tensor2D>(block, mean);
    block.dispose();
    return { images, squares: tf.reshape<tf.Rank.R2>(tf.sum(tf.square(images), 1), [1, -1]) };
  });
  return { mean, blocks };
}

/**
 * Σ w_i·x_i, `[batch, values]`; or, along a direction and about a centre, Σ w_i·((x_i − centre)·direction)·x_i, the
 * product of the covariance with the direction. Block by block, each in units of the largest weight so far.
 */
function average(
  blocks: readonly Block[],
  seen: Seen,
  along?: { direction: tf.Tensor2D; centre: tf.Tensor2D },
): tf.Tensor2D {
  let [most, total, sum] = [tf.fill([seen.rows.shape[0], 1], -1e38), tf.scalar(0), tf.scalar(0)] as tf.Tensor[];
  for (const block of blocks) {
    const logs = logWeights(block, seen);
    const least = tf.maximum(most, tf.max(logs, 1, true));
    const shrunk = tf.exp(tf.sub(most, least));
    const weights = tf.exp(tf.sub(logs, least)) as tf.Tensor2D;
    total = tf.add(tf.mul(total, shrunk), tf.sum(weights, 1, true));
    sum = tf.add(tf.mul(sum, shrunk), tf.matMul(along ? slanted(weights, block, along) : weights, block.images));
    most = least;
  }
  return tf.div(sum, total);
}

/** The gradient of {@link average}: α/σ²·Cov(x0 | z), times what comes from above. */
function bent(blocks: readonly Block[], direction: tf.Tensor2D, [rows, centre, alpha, variance]: tf.Tensor2D[]) {
  const product = average(blocks, { rows, alpha, variance }, { direction, centre });
  return tf.mul(tf.div(alpha, variance), product);
}

/** The weights, each times how far its image lies along the direction from the centre. */
function slanted(
  weights: tf.Tensor2D,
  { images }: Block,
  { direction, centre }: { direction: tf.Tensor2D; centre: tf.Tensor2D },
): tf.Tensor2D {
  const middle = tf.sum(tf.mul(centre, direction), 1, true);
  return tf.mul(weights, tf.sub(tf.matMul(direction, images, false, true), middle));
}

/** −‖z − α·x_i‖²/(2·σ²) of each image of a block, `[batch, n]`. */
function logWeights({ images, squares }: Block, { rows, alpha, variance }: Seen): tf.Tensor2D {
  const count = images.shape[0];
  const own = tf.sum(tf.square(rows), 1, true);
  const product = tf.mul(tf.matMul(rows, images, false, true), tf.mul(alpha, 2));
  const rough = tf.add(tf.sub(own, product), tf.mul(tf.square(alpha), squares));
  // ‖z‖² − 2α·z·x + α²‖x‖² loses what is small in it: the nearest are measured again.
  const { indices } = tf.topk(tf.neg(rough), Math.min(NEAREST, count));
  const near = tf.gather(images, indices);
  const gap = tf.sub(tf.expandDims(rows, 1), tf.mul(tf.expandDims(alpha, 2), near));
  const right = tf.sum(tf.square(gap), 2, true);
  const isSame = tf.equal(tf.expandDims(indices, 2), tf.range(0, count, 1, 'int32'));
  const chosen = tf.cast(isSame, 'float32');
  const isChosen = tf.sum(chosen, 1);
  const distance = tf.add(tf.mul(rough, tf.sub(1, isChosen)), tf.sum(tf.mul(chosen, right), 1));
  return tf.div(tf.neg(distance), tf.mul(variance, 2));
}
