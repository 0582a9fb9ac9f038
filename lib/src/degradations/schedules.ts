import { pure } from '../backend/pure.js';
import { checkNumber, checkPositive } from '../check.js';
import { tf } from '../backend/tf.js';
import type { Schedule } from '../types.js';

/**
 * Preserves the variance: α = cos(θt), σ = sin(θt). With θ = π/2 it leaves nothing of the images at t = 1 (Nichol and
 * Dhariwal 2021, arXiv 2102.09672, eq. 17, without their offset; its square is their ᾱ).
 *
 * A network that is asked for the noise says nothing of the images where there is nothing but noise: for such a one the
 * schedule can end at a last trace of them, σ/α = `most`.
 * @param options.most σ/α at t = 1, without bound when left out
 * @throws {RangeError} when most is not above 0
 */
export function cosineSchedule({ most }: { most?: number } = {}): Schedule {
  if (most !== undefined) checkPositive('cosineSchedule', { most });
  const angle = most === undefined ? Math.PI / 2 : Math.atan(most);
  return pure({
    spec: { kind: 'cosine', ...(most !== undefined && { most }) },
    ...(most !== undefined && { most }),
    // The cosine is written as a sine, which is exactly 0 at a right angle.
    alpha: (t) =>
      most === undefined ? tf.sin(tf.mul(tf.sub(1, t), angle)) : tf.sin(tf.sub(Math.PI / 2, tf.mul(t, angle))),
    sigma: (t) => tf.sin(tf.mul(t, angle)),
    level: (ratio) => {
      if (most !== undefined)
        checkNumber('cosineSchedule', 'ratio', ratio, (n) => n >= 0 && n <= most * (1 + 1e-9), `lie in [0, ${most}]`);
      return Math.min(1, Math.atan(checkedRatio('cosineSchedule', ratio)) / angle);
    },
    levelAt: (logRatio) => tf.div(tf.atan(tf.exp(logRatio)), angle),
  });
}

/**
 * Preserves the variance, with the noise of each step growing linearly in time: ln α = −t·first/2 − t²·(last − first)/4
 * and σ² = 1 − α² (Song et al. 2021, arXiv 2011.13456, eq. 33; the limit for many steps of Ho et al. 2020, arXiv
 * 2006.11239, whose 1,000 values of β from 0.0001 to 0.02 are first = 0.1 and last = 20). At t = 1 a trace of the
 * images is left.
 * @param options.first the rate at which noise comes in at t = 0
 * @param options.last that at t = 1
 * @throws {RangeError} when a rate is not above 0, or last is below first
 */
export function linearSchedule({ first = 0.1, last = 20 }: { first?: number; last?: number } = {}): Schedule {
  checkPositive('linearSchedule', { first, last });
  if (last < first) throw new RangeError(`linearSchedule: last must be at least first, ${first}, got ${last}`);
  const logAlpha = (t: tf.Tensor): tf.Tensor =>
    tf.neg(tf.add(tf.mul(t, first / 2), tf.mul(tf.square(t), (last - first) / 4)));
  return pure({
    spec: { kind: 'linear', first, last },
    most: Math.sqrt(Math.expm1((first + last) / 2)),
    alpha: (t) => tf.exp(logAlpha(t)),
    sigma: (t) => tf.sqrt(tf.neg(tf.expm1(tf.mul(logAlpha(t), 2)))),
    // α² = 1/(1 + ratio²), and −ln α² = t·first + t²·(last − first)/2.
    level: (ratio) => {
      const lost = Math.log1p(checkedRatio('linearSchedule', ratio) ** 2);
      if (lost > (first + last) / 2)
        throw new RangeError(`linearSchedule: ratio must be one that the schedule reaches, got ${ratio}`);
      return (2 * lost) / (first + Math.sqrt(first ** 2 + 2 * (last - first) * lost));
    },
    levelAt: (logRatio) => {
      const lost = tf.softplus(tf.mul(logRatio, 2));
      const root = tf.sqrt(tf.add(first ** 2, tf.mul(lost, 2 * (last - first))));
      return tf.div(tf.mul(lost, 2), tf.add(first, root));
    },
  });
}

/**
 * Leaves the images as they are and drowns them: α = 1, σ = most·t^ρ. Even levels are then nearly those of Karras et
 * al. 2022 (arXiv 2206.00364, eq. 5 with σ_min = 0).
 * @param options.most σ at t = 1, for images in [−1, 1]
 * @param options.rho ρ: a larger one has more of the levels at little noise
 * @throws {RangeError} when an option is not above 0
 */
export function explodingSchedule({ most = 80, rho = 7 }: { most?: number; rho?: number } = {}): Schedule {
  checkPositive('explodingSchedule', { most, rho });
  return pure({
    spec: { kind: 'exploding', most, rho },
    most,
    alpha: (t) => tf.onesLike(t),
    sigma: (t) => tf.mul(tf.pow(t, rho), most),
    level: (ratio) => {
      checkNumber('explodingSchedule', 'ratio', ratio, (n) => n >= 0 && n <= most, `lie in [0, ${most}]`);
      return (ratio / most) ** (1 / rho);
    },
    levelAt: (logRatio) => tf.exp(tf.div(tf.sub(logRatio, Math.log(most)), rho)),
  });
}

/**
 * From images to noise in a straight line: α = 1 − t, σ = t (Lipman et al. 2023, arXiv 2210.02747; Liu et al. 2022,
 * arXiv 2209.03003).
 */
export function flowSchedule(): Schedule {
  return pure({
    spec: { kind: 'flow' },
    alpha: (t) => tf.sub(1, t),
    sigma: (t) => t.clone(),
    level: (ratio) => (ratio === Infinity ? 1 : checkedRatio('flowSchedule', ratio) / (1 + ratio)),
    levelAt: (logRatio) => tf.sigmoid(logRatio),
  });
}

function checkedRatio(caller: string, ratio: number): number {
  checkNumber(caller, 'ratio', ratio, (n) => n >= 0, 'be at least 0');
  return ratio;
}
