import { normal, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkPositive } from '../check.js';
import type { Gaussian, Key, Spec } from '../types.js';

/** Draws a level for each image of a batch, `[batch]`, each in [0, 1]. */
export type LevelSource = (key: Key, batch: number) => tf.Tensor1D;

/** Every level in [0, 1) equally likely. */
export const uniformLevels: LevelSource = (key, batch) => uniform<tf.Rank.R1>(key, [batch]);

/**
 * One level from each of as many equal parts of [0, 1) as the batch has images, rising from its first image to its last
 * (Kingma et al. 2021, arXiv 2107.00630, appendix I.1): each step sees the whole range, and the loss varies less.
 */
export const stratifiedLevels: LevelSource = (key, batch) =>
  tf.tidy(() => tf.div<tf.Tensor1D>(tf.add(tf.range(0, batch), uniform<tf.Rank.R1>(key, [batch])), batch));

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
 * Levels at which ln σ is normal, on an `explodingSchedule` (Karras et al. 2022, arXiv 2206.00364, table 1: mean −1.2,
 * deviation 1.2).
 * @param gaussian noise on a schedule that leaves the images as they are
 * @throws {TypeError} when the schedule is another
 */
export function logNormalLevels(
  gaussian: Gaussian,
  { mean = -1.2, deviation = 1.2 }: { mean?: number; deviation?: number } = {},
): LevelSource {
  checkSpread('logNormalLevels', mean, deviation);
  const { most, rho } = exploding('logNormalLevels', gaussian);
  return (key, batch) =>
    tf.tidy(() => {
      const logSigma = tf.add(tf.mul(normal<tf.Rank.R1>(key, [batch]), deviation), mean);
      const t = tf.exp(tf.div(tf.sub(logSigma, Math.log(most)), rho));
      return tf.minimum<tf.Tensor1D>(t, 1);
    });
}

/**
 * Levels at which ln σ is uniform, on an `explodingSchedule`: as many between 0.1 and 0.2 as between 10 and 20.
 * @param gaussian noise on a schedule that leaves the images as they are
 * @param options.least the least σ: 0.03 by default
 * @param options.most the largest: that of the schedule when left out
 * @throws {TypeError} when the schedule is another
 * @throws {RangeError} when least is not below most, or most beyond the schedule
 */
export function logUniformLevels(
  gaussian: Gaussian,
  { least = 0.03, most }: { least?: number; most?: number } = {},
): LevelSource {
  const end = exploding('logUniformLevels', gaussian);
  checkPositive('logUniformLevels', { least, ...(most !== undefined && { most }) });
  const [low, high] = [Math.log(least), Math.log(most ?? end.most)];
  if (!(low < high && high <= Math.log(end.most)))
    throw new RangeError(
      `logUniformLevels: least and most must be above 0, one below the other and most at most ${end.most}, ` +
        `got ${least} and ${most ?? end.most}`,
    );
  return (key, batch) =>
    tf.tidy(() => {
      const logSigma = tf.add(tf.mul(uniform<tf.Rank.R1>(key, [batch]), high - low), low);
      const t = tf.exp<tf.Tensor1D>(tf.div<tf.Tensor1D>(tf.sub(logSigma, Math.log(end.most)), end.rho));
      return tf.minimum<tf.Tensor1D>(t, 1); // which rounding may exceed
    });
}

/** What a schedule must be whose levels are drawn by σ. */
function exploding(caller: string, gaussian: Gaussian): { most: number; rho: number } {
  const { kind, most, rho } = gaussian?.schedule?.spec ?? ({} as Partial<Spec>);
  if (kind !== 'exploding')
    throw new TypeError(
      `${caller}: the schedule of gaussian must be explodingSchedule(), got ${kind === undefined ? 'none' : `'${kind}'`}`,
    );
  return { most: most as number, rho: rho as number };
}

function checkSpread(caller: string, mean: number, deviation: number): void {
  checkNumber(caller, 'mean', mean, Number.isFinite, 'be a finite number');
  checkPositive(caller, { deviation });
}
