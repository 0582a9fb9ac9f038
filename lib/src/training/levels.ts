import { normal, uniform } from '../backend/random.js';
import { placesOf } from '../backend/share.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkPositive, shown } from '../check.js';
import type { Gaussian, Key } from '../types.js';

/** Draws a level for each image of a batch, `[batch]`, each in [0, 1]. */
export type LevelSource = (key: Key, batch: number) => tf.Tensor1D;

/** Every level in [0, 1) equally likely. */
export const uniformLevels: LevelSource = (key, batch) => uniform<tf.Rank.R1>(key, [batch]);

/**
 * One level from each of as many equal parts of [0, 1) as the batch has images, rising from its first image to its last
 * (Kingma et al. 2021, arXiv 2107.00630, appendix I.1): each step sees the whole range, and the loss varies less.
 */
export const stratifiedLevels: LevelSource = (key, batch) =>
  tf.tidy(() => {
    const { rows, whole } = placesOf(batch);
    return tf.div<tf.Tensor1D>(tf.add(tf.tensor1d([...rows]), uniform<tf.Rank.R1>(key, [batch])), whole);
  });

/**
 * Levels whose logit is normal: more in the middle, few at both ends (Esser et al. 2024, arXiv 2403.03206, eq. 19).
 * @param options.mean the mean of ln(t/(1 − t))
 * @param options.deviation its standard deviation
 */
export function logitNormalLevels({
  mean = 0,
  deviation = 1,
}: { mean?: number; deviation?: number } = {}): LevelSource {
  checkSpread('logitNormalLevels', mean, deviation);
  return (key, batch) =>
    tf.tidy(() => tf.sigmoid<tf.Tensor1D>(tf.add<tf.Tensor1D>(tf.mul(normal(key, [batch]), deviation), mean)));
}

/**
 * Levels at which ln(σ/α) is normal (Karras et al. 2022, arXiv 2206.00364, table 1: mean −1.2, deviation 1.2; there α =
 * 1). Where the schedule does not reach as far, the level is 1.
 * @param gaussian noise on a schedule that has `levelAt`, as those of the library have
 * @throws {TypeError} when the schedule has none
 */
export function logNormalLevels(
  gaussian: Gaussian,
  { mean = -1.2, deviation = 1.2 }: { mean?: number; deviation?: number } = {},
): LevelSource {
  checkSpread('logNormalLevels', mean, deviation);
  const levelsAt = byRatio('logNormalLevels', gaussian);
  return (key, batch) => tf.tidy(() => levelsAt(tf.add(tf.mul(normal<tf.Rank.R1>(key, [batch]), deviation), mean)));
}

/**
 * Levels at which ln(σ/α) is uniform: as many between 0.1 and 0.2 as between 10 and 20.
 * @param gaussian noise on a schedule that has `levelAt`, as those of the library have
 * @param options.least the least σ/α: 0.03 by default
 * @param options.most the largest: that of the schedule when left out, or 80 where it has none
 * @throws {TypeError} when the schedule has none
 * @throws {RangeError} when least is not below most, or most beyond the schedule
 */
export function logUniformLevels(
  gaussian: Gaussian,
  { least = 0.03, most }: { least?: number; most?: number } = {},
): LevelSource {
  const levelsAt = byRatio('logUniformLevels', gaussian);
  const end = gaussian.schedule.most;
  checkPositive('logUniformLevels', { least, ...(most !== undefined && { most }) });
  const largest = most ?? end ?? 80;
  checkRange('logUniformLevels', least, largest, end);
  const [low, high] = [Math.log(least), Math.log(largest)];
  return (key, batch) => tf.tidy(() => levelsAt(tf.add(tf.mul(uniform<tf.Rank.R1>(key, [batch]), high - low), low)));
}

/**
 * How fast `karrasLevels` go down, as a function of the share of the way: from no noise, which is at 0, it begins at
 * σ/α = `least`, and goes on evenly in the ρ-th root of σ/α (Karras et al. 2022, arXiv 2206.00364, eq. 5), for a `pace`
 * of `trainConsistency`. On a cosine schedule that ends in nothing but noise, the level of `most` is stretched to 1.
 *
 * ```ts
 * const pace = karrasPace(gaussian({ schedule: cosineSchedule() }));
 * ```
 * @param gaussian noise on a schedule that has `levelAt`, as those of the library have
 * @param options.least σ/α above no noise: 0.002 by default
 * @param options.most σ/α at the end of the way: 80 by default, or what the schedule ends with, if that is less
 * @param options.rho a larger ρ spends more of the way at little noise; 7 by default
 * @throws {TypeError} when the schedule has none
 * @throws {RangeError} when an option is out of range, or most beyond the schedule
 */
export function karrasPace(
  gaussian: Gaussian,
  { least = 0.002, most, rho = 7 }: { least?: number; most?: number; rho?: number } = {},
): (share: tf.Tensor1D) => tf.Tensor1D {
  const levelsAt = byRatio('karrasPace', gaussian);
  const largest = most ?? Math.min(80, gaussian.schedule.most ?? Infinity);
  checkPositive('karrasPace', { least, rho });
  checkRange('karrasPace', least, largest, gaussian.schedule.most);
  const [low, high] = [least ** (1 / rho), largest ** (1 / rho)];
  const end = gaussian.schedule.level(largest);
  return (share) =>
    tf.tidy(() => {
      const root = tf.add(tf.mul(share, high - low), low);
      return tf.minimum<tf.Tensor1D>(tf.div(levelsAt(tf.mul(tf.log(root), rho)), end), 1);
    });
}

/** The level at each ln(σ/α), at most 1, which rounding may exceed, and a ratio that the schedule does not reach. */
function byRatio(caller: string, gaussian: Gaussian): (logRatio: tf.Tensor1D) => tf.Tensor1D {
  const schedule = gaussian?.schedule as Partial<Gaussian['schedule']> | undefined;
  if (typeof schedule?.levelAt === 'function')
    return (logRatio) => tf.minimum<tf.Tensor1D>(schedule.levelAt!(logRatio), 1);
  throw new TypeError(
    `${caller}: gaussian must have a schedule with levelAt, as those of the library, ` +
      `got ${schedule ? 'one without' : shown(gaussian)}`,
  );
}

/** Throws unless least < most, both reached by a schedule that ends with σ/α = `end`, if it ends. */
function checkRange(caller: string, least: number, most: number, end: number | undefined): void {
  if (least < most && most <= (end ?? Infinity)) return;
  throw new RangeError(
    `${caller}: least and most must be above 0, one below the other` +
      `${end === undefined ? '' : ` and most at most ${end}`}, got ${least} and ${most}`,
  );
}

function checkSpread(caller: string, mean: number, deviation: number): void {
  checkNumber(caller, 'mean', mean, Number.isFinite, 'be a finite number');
  checkPositive(caller, { deviation });
}
