import { normal, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Gaussian, Key } from '../types.js';

/** Draws a level for each image of a batch, `[batch]`, each in [0, 1]. */
export type LevelSource = (key: Key, batch: number) => tf.Tensor1D;

/** Every level in [0, 1) equally likely. */
export const uniformLevels: LevelSource = (key, batch) => uniform<tf.Rank.R1>(key, [batch]);

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
  const { kind, most, rho } = gaussian.schedule.spec;
  if (kind !== 'exploding')
    throw new TypeError(`logNormalLevels: the schedule of gaussian must be explodingSchedule(), got '${kind}'`);
  return (key, batch) =>
    tf.tidy(() => {
      const logSigma = tf.add(tf.mul(normal<tf.Rank.R1>(key, [batch]), deviation), mean);
      const t = tf.exp(tf.div(tf.sub(logSigma, Math.log(most as number)), rho as number));
      return tf.minimum<tf.Tensor1D>(t, 1);
    });
}

function checkSpread(caller: string, mean: number, deviation: number): void {
  if (!Number.isFinite(mean)) throw new RangeError(`${caller}: mean must be a finite number, got ${mean}`);
  if (!(deviation > 0 && Number.isFinite(deviation)))
    throw new RangeError(`${caller}: deviation must be above 0, got ${deviation}`);
}
