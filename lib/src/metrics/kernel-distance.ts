import { tf } from '../backend/tf.js';
import { listenForStop } from '../backend/interrupt.js';
import { checkWhole } from '../check.js';
import { Random } from '../random.js';
import { cloud, point, sameSize, type Cloud, type Points } from './points.js';

/** A kernel distance, averaged over random subsets. */
export interface KernelDistance {
  /** The mean over the subsets: an unbiased estimate, so it may fall below zero when there is no difference. */
  distance: number;
  /** The standard deviation over the subsets. */
  deviation: number;
  /** How many subsets, and how many points of either set in each. */
  subsets: number;
  size: number;
}

/**
 * Kernel distance (KID, Bińkowski et al. 2018): the squared maximum mean discrepancy of two sets of feature vectors
 * under the cubic kernel k(x, y) = (xᵀy/d + 1)³, estimated without bias (their eq. 4), whatever the number of points.
 * That is its advantage over the Fréchet distance, which small samples raise.
 *
 * It needs 50 points on either side: with fewer, chance outweighs every difference that one would want to see. Inner
 * products are computed in float32, their cubes summed in double precision: the error is about 1e-6 of the mean kernel
 * value.
 * @param o.subsets how many random subsets to average over
 * @param o.size how many points of either set in each subset, drawn without replacement; at most 1,000 by default
 */
export function kernelDistance(
  a: Points,
  b: Points,
  o: { subsets?: number; size?: number; seed?: number } = {},
): Promise<KernelDistance> {
  const need = { atLeast: 50, because: 'with fewer, chance outweighs the difference' };
  const first = cloud('kernelDistance', 'a', a, need);
  const second = cloud('kernelDistance', 'b', b, need);
  sameSize('kernelDistance', { a: first, b: second });
  const least = Math.min(first.count, second.count);
  const { subsets = 100, size = Math.min(1000, least), seed = 0 } = o;
  if (!Number.isInteger(subsets) || subsets < 1)
    throw new RangeError(`kernelDistance: subsets must be a whole number of at least 1, got ${subsets}`);
  if (!Number.isInteger(size) || size < 2 || size > least) {
    throw new RangeError(
      `kernelDistance: size must be a whole number from 2 to the ${least} points of the smaller set, got ${size}`,
    );
  }
  checkWhole('kernelDistance', 'seed', seed, 0);
  const random = new Random(seed);
  return (async () => {
    const estimates: number[] = [];
    const stop = listenForStop();
    try {
      for (let i = 0; i < subsets; i++) {
        estimates.push(discrepancy(subset(first, size, random), subset(second, size, random), size, first.size));
        await stop.turn();
      }
    } finally {
      stop.close();
    }
    const distance = estimates.reduce((sum, x) => sum + x, 0) / subsets;
    const squares = estimates.reduce((sum, x) => sum + (x - distance) ** 2, 0);
    return { distance, deviation: subsets > 1 ? Math.sqrt(squares / (subsets - 1)) : 0, subsets, size };
  })();
}

/**
 * The unbiased estimate: mean k(a, a′) + mean k(b, b′) over different points, less twice the mean k(a, b) over all
 * pairs.
 */
function discrepancy(a: Float32Array, b: Float32Array, count: number, features: number): number {
  const [aa, bb, ab] = tf.tidy((): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] => {
    const x = tf.tensor2d(a, [count, features]);
    const y = tf.tensor2d(b, [count, features]);
    return [tf.matMul(x, x, false, true), tf.matMul(y, y, false, true), tf.matMul(x, y, false, true)];
  });
  const within = [aa, bb].map(
    (products) => kernelSum(products.dataSync<'float32'>(), features, count) / (count * (count - 1)),
  );
  const between = kernelSum(ab.dataSync<'float32'>(), features) / (count * count);
  tf.dispose([aa, bb, ab]);
  return within[0] + within[1] - 2 * between;
}

/**
 * The sum of the kernel over a matrix of inner products, without its diagonal where `skip` gives the number of rows.
 */
function kernelSum(products: Float32Array, features: number, skip?: number): number {
  let sum = 0;
  for (let i = 0; i < products.length; i++) {
    const base = products[i] / features + 1;
    if (skip === undefined || i % (skip + 1) !== 0) sum += base * base * base;
  }
  return sum;
}

/** `size` of the points, chosen without replacement. */
function subset(points: Cloud, size: number, random: Random): Float32Array {
  const order = random.shuffle(points.count);
  const chosen = new Float32Array(size * points.size);
  const scratch = new Float32Array(points.size);
  for (let i = 0; i < size; i++) chosen.set(point(points, order[i], scratch), i * points.size);
  return chosen;
}
