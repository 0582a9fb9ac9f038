import { normal } from '../backend/random.js';
import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, shown } from '../check.js';
import { levels } from '../level.js';
import type { Gaussian, Images, Schedule } from '../types.js';
import { degradation } from './degradation.js';
import { cosineSchedule } from './schedules.js';

/** Options of {@link gaussian}. */
export interface GaussianOptions {
  /** How much is left of the images at each level, and how much noise there is; the cosine schedule when left out. */
  schedule?: Schedule;
  /**
   * What becomes −1 and 1 before noise is added: `[0, 1]` for images, the default. `[-1, 1]` takes the numbers as they
   * are, as is right for latents.
   */
  range?: readonly [low: number, high: number];
}

/**
 * Gaussian noise: with images brought to [−1, 1], z_t = α·x0 + σ·noise, where a schedule says α and σ of each level (Ho
 * et al. 2020, arXiv 2006.11239, eq. 4). z_t is brought back to the images' range, of which it fills more: on the
 * cosine schedule its mean at t = 1 is ½ and its standard deviation ½.
 *
 * It begins, at t = 1, with the noise alone, also where the schedule would leave a trace of the images.
 * Over a schedule without a spec it has none either, and no checkpoint can name it.
 * @throws {RangeError} when the range is none
 * @throws {TypeError} when the schedule is none, or for an option that there is not
 */
export function gaussian(options: GaussianOptions = {}): Gaussian {
  const { schedule = cosineSchedule(), range = [0, 1] } = options;
  checkKnown('gaussian', options, ['schedule', 'range']);
  checkSchedule(schedule);
  const [low, high] = range;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    throw new RangeError(`gaussian: range must be [low, high] with low below high, got [${range}]`);
  const asTheyAre = low === -1 && high === 1;
  const toSigned = (x: tf.Tensor): Images => {
    if (asTheyAre) return x as Images;
    return tf.sub(tf.mul(tf.sub(x, low), 2 / (high - low)), 1);
  };
  const fromSigned = (x: tf.Tensor): Images => {
    if (asTheyAre) return x as Images;
    return tf.add(tf.mul(tf.add(x, 1), (high - low) / 2), low);
  };
  const coefficients = (t: tf.Tensor1D) => {
    const column = tf.reshape<tf.Rank.R4>(t, [-1, 1, 1, 1]);
    return { alpha: schedule.alpha(column) as tf.Tensor4D, sigma: schedule.sigma(column) as tf.Tensor4D };
  };
  const base = degradation<{ noise: Images }>(
    'gaussian',
    {
      draw: (key, shape) => ({ noise: normal<tf.Rank.R4>(key, shape) }),
      at: ({ noise }, x0, t) =>
        fromSigned(tf.add(tf.mul(toSigned(x0), schedule.alpha(t)), tf.mul(noise, schedule.sigma(t)))),
      end: ({ noise }) => fromSigned(tf.mul(noise, schedule.sigma(tf.scalar(1)))),
    },
    { schedule: schedule.spec, range: [...range] },
  );
  const noise: Gaussian = {
    ...base,
    spec: schedule.spec && base.spec,
    schedule,
    coefficients: (t) => tf.tidy(() => coefficients(t)),
    toSigned: (x) => tf.tidy(() => toSigned(x).clone()),
    fromSigned: (x) => tf.tidy(() => fromSigned(x).clone()),
    infer: (z, x0, t) =>
      tf.tidy(() => {
        const { alpha, sigma } = coefficients(levels(t, z.shape[0], 'gaussian'));
        return { noise: tf.divNoNan(tf.sub(toSigned(z), tf.mul(toSigned(x0), alpha)), sigma) as Images };
      }),
  };
  return pureIf(noise, schedule);
}

function checkSchedule(schedule: unknown): void {
  const { alpha, sigma, level } = Object(schedule) as Partial<Schedule>;
  if ([alpha, sigma, level].every((part) => typeof part === 'function')) return;
  const call = typeof schedule === 'function' ? ': call it' : '';
  throw new TypeError(
    `gaussian: schedule must have the functions alpha, sigma and level, as cosineSchedule() has, ` +
      `got ${shown(schedule)}${call}`,
  );
}
