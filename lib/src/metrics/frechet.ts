import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { listenForStop } from '../backend/interrupt.js';
import { checkWhole } from '../check.js';
import { Random } from '../random.js';
import { checkConfidence, type Interval } from './distributions.js';
import { cloud, mean, point, sameSize, select, type Cloud, type Need, type Points } from './points.js';

/** A Fréchet distance and how far it would vary with other samples of the same number. */
export interface FrechetInterval extends Interval {
  distance: number;
}

/** The distance of real data from itself: what a perfect generator would score with as many samples. */
export interface RealFloor {
  /** The mean over the splits. */
  distance: number;
  /** The standard deviation over the splits. */
  deviation: number;
  /** How many points each half had. */
  size: number;
}

/**
 * Fréchet distance between two sets of feature vectors, each taken for a sample of a normal distribution
 * (Heusel et al. 2017, eq. 6): |m₁ − m₂|² + tr(C₁ + C₂ − 2(C₁C₂)^½).
 *
 * It needs 100 points on either side, and twice as many as features: the distance of two samples of one and the same
 * distribution grows about like features ÷ points, and below that it measures little else. Compare values for the same
 * number of points only, and see {@link realFloor}. Covariances of deficient rank (constant or repeated features) are
 * no hindrance. The computation is in double precision; its error is at most about 1e-7 of tr C₁ + tr C₂.
 * @param a feature vectors `[n, d]`
 * @param b feature vectors `[m, d]`
 * @param o.minimum asks for another number of points, for experiments with small samples
 */
export function frechetDistance(a: Points, b: Points, o: { minimum?: number } = {}): number {
  const { first, second } = both('frechetDistance', a, b, o.minimum);
  return distance(fit(first), fit(second));
}

/**
 * {@link frechetDistance} with a bootstrap interval: both sets are drawn anew, with replacement, `resamples` times.
 * Drawing with replacement raises the distance by a bias of its own, which is taken off: the interval lies around the
 * distance measured, and says how far that would vary with other samples of the same number. What the number of samples
 * itself adds stays in, as it does in {@link realFloor}.
 */
export function frechetInterval(
  a: Points,
  b: Points,
  o: { resamples?: number; confidence?: number; seed?: number; minimum?: number } = {},
): Promise<FrechetInterval> {
  const { resamples = 100, confidence = 0.95, seed = 0, minimum } = o;
  checkConfidence('frechetInterval', confidence);
  if (!Number.isInteger(resamples) || resamples < 20) {
    throw new RangeError(
      `frechetInterval: resamples must be a whole number of at least 20, got ${resamples}: fewer do not show the tails`,
    );
  }
  const { first, second } = both('frechetInterval', a, b, minimum);
  checkWhole('frechetInterval', 'seed', seed, 0);
  const random = new Random(seed);
  return (async () => {
    const measured = distance(fit(first), fit(second));
    const again = await repeat(resamples, () =>
      distance(fit(first, withReplacement(first.count, random)), fit(second, withReplacement(second.count, random))),
    );
    const bias = average(again) - measured;
    const sorted = again.sort((x, y) => x - y);
    const quantile = (q: number) => Math.max(0, interpolate(sorted, q) - bias);
    return { distance: measured, low: quantile((1 - confidence) / 2), high: quantile((1 + confidence) / 2) };
  })();
}

/**
 * The Fréchet distance between disjoint halves of real data, averaged over random splits: what is left when nothing
 * is wrong. Print it beside every distance, for the same number of points.
 * @param o.size how many points each half has; default and most: half of them
 * @param o.splits how many random splits to average over
 */
export function realFloor(
  real: Points,
  o: { size?: number; splits?: number; seed?: number; minimum?: number } = {},
): Promise<RealFloor> {
  const all = cloud('realFloor', 'real', real);
  const { size = Math.floor(all.count / 2), splits = 10, seed = 0, minimum } = o;
  if (!Number.isInteger(splits) || splits < 1)
    throw new RangeError(`realFloor: splits must be a whole number of at least 1, got ${splits}`);
  if (!Number.isInteger(size) || size > all.count / 2) {
    throw new RangeError(`realFloor: size must be a whole number up to half of the ${all.count} points, got ${size}`);
  }
  const { atLeast, because } = need('realFloor', all.size, minimum);
  if (size < atLeast) throw new RangeError(`realFloor: size must be at least ${atLeast}, got ${size}: ${because}`);
  checkWhole('realFloor', 'seed', seed, 0);
  const random = new Random(seed);
  return (async () => {
    const distances = await repeat(splits, () => {
      const order = random.shuffle(all.count);
      return distance(fit(select(all, order.subarray(0, size))), fit(select(all, order.subarray(size, 2 * size))));
    });
    const centre = average(distances);
    const deviation =
      splits > 1 ? Math.sqrt(distances.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (splits - 1)) : 0;
    return { distance: centre, deviation, size };
  })();
}

/** The normal distribution that fits some points: mean and (unbiased) covariance. */
interface Normal {
  centre: Float64Array;
  covariance: Matrix;
}

function both(caller: string, a: Points, b: Points, minimum?: number): { first: Cloud; second: Cloud } {
  const first = cloud(caller, 'a', a);
  const second = cloud(caller, 'b', b);
  sameSize(caller, { a: first, b: second });
  const { atLeast, because } = need(caller, first.size, minimum);
  for (const [name, { count }] of Object.entries({ a: first, b: second })) {
    if (count < atLeast)
      throw new Error(`${caller}: ${name} must hold at least ${atLeast} points, got ${count}: ${because}`);
  }
  return { first, second };
}

function need(caller: string, features: number, minimum = Math.max(100, 2 * features)): Need {
  checkWhole(caller, 'minimum', minimum);
  return {
    atLeast: Math.max(2, minimum),
    because: `a covariance of ${features} features estimated from fewer is mostly chance, and the distance would measure the number of points`,
  };
}

/** Fits mean and covariance to `points`, each counted `times[i]` times. */
function fit(points: Cloud, times?: Int32Array): Normal {
  const { count, size } = points;
  const scratch = new Float32Array(size);
  const centre = times ? new Float64Array(size) : mean(points);
  for (let i = 0; times && i < count; i++) {
    const row = point(points, i, scratch);
    for (let j = 0; j < size; j++) centre[j] += (times[i] * row[j]) / count;
  }
  const sums = new Float64Array(size * size);
  const offset = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const weight = times ? times[i] : 1;
    if (weight === 0) continue;
    const row = point(points, i, scratch);
    for (let j = 0; j < size; j++) offset[j] = row[j] - centre[j];
    for (let j = 0; j < size; j++) {
      const x = weight * offset[j];
      for (let k = 0; k <= j; k++) sums[j * size + k] += x * offset[k];
    }
  }
  const covariance = new Matrix(size, size);
  for (let j = 0; j < size; j++) {
    for (let k = 0; k <= j; k++) {
      covariance.set(j, k, sums[j * size + k] / (count - 1));
      covariance.set(k, j, sums[j * size + k] / (count - 1));
    }
  }
  return { centre, covariance };
}

/**
 * tr (C₁C₂)^½ is the sum of the square roots of the eigenvalues of R C₂ R with R = C₁^½, which is symmetric and has
 * none below zero. Eigenvalues that are indistinguishable from zero, below d·2⁻⁵²·(the largest), are taken for zero:
 * the square root would turn their rounding errors of 1e-16 into 1e-8. That costs at most √(d·2⁻⁵²) of the largest root
 * each.
 */
function distance(a: Normal, b: Normal): number {
  const root = squareRoot(a.covariance);
  const { values } = eigen(root.mmul(b.covariance).mmul(root));
  const shared = values.reduce((sum, value) => sum + Math.sqrt(value), 0);
  const between = a.centre.reduce((sum, m, j) => sum + (m - b.centre[j]) ** 2, 0);
  return Math.max(0, between + a.covariance.trace() + b.covariance.trace() - 2 * shared);
}

/** The symmetric square root of a covariance: V √Λ Vᵀ. */
function squareRoot(covariance: Matrix): Matrix {
  const { values, vectors } = eigen(covariance);
  const scaled = vectors.clone().mulRowVector(values.map(Math.sqrt));
  return scaled.mmul(vectors.transpose());
}

/** Eigenvalues (zero where they are no more than rounding) and eigenvectors of a symmetric matrix. */
function eigen(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const negligible = realEigenvalues.reduce((most, x) => Math.max(most, x), 0) * matrix.rows * 2 ** -52;
  return { values: realEigenvalues.map((x) => (x > negligible ? x : 0)), vectors: eigenvectorMatrix };
}

/** How often each of `n` things comes up in `n` draws with replacement. */
function withReplacement(n: number, random: Random): Int32Array {
  const times = new Int32Array(n);
  for (let i = 0; i < n; i++) times[random.int(n)]++;
  return times;
}

/** `times` results of `work`; the event loop gets its turn after each. */
async function repeat(times: number, work: () => number): Promise<number[]> {
  const results: number[] = [];
  const stop = listenForStop();
  try {
    while (results.length < times) {
      results.push(work());
      await stop.turn();
    }
  } finally {
    stop.close();
  }
  return results;
}

function average(values: number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The `q`-quantile of sorted values, interpolated linearly. */
function interpolate(sorted: number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}
