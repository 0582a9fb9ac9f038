import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, checkTensor, shown } from '../check.js';
import { checkGaussian } from '../degradations/belonging.js';
import { levels } from '../level.js';
import type { Denoiser, Estimate, Gaussian, Images, ImageShape, Level } from '../types.js';
import { tidyEstimate } from './denoiser.js';

/** Options of {@link normalDenoiser}. */
export interface NormalData {
  /** The noise. */
  degradation: Gaussian;
  /**
   * The mean of the data, in the range in which noise is added, [−1, 1] for images: one number for all values, 0 when
   * left out, or `[height, width, channels]`, which stays the caller's as long as the denoiser is used.
   */
  mean?: number | tf.Tensor3D;
  /** Their standard deviation, as `mean`; 1 when left out. All above 0. */
  deviation?: number | tf.Tensor3D;
}

/**
 * The exact denoiser of data whose values are independent and normal: by Bayes' rule, with mean μ and deviation s,
 *
 *   E[x0 | z] = μ + α·s²/(α²·s² + σ²)·(z − α·μ),   Var[x0 | z] = s²·σ²/(α²·s² + σ²).
 *
 * Along the probability-flow equation, z − α·μ then keeps its place in units of √(α²·s² + σ²): what samplers should
 * find is known. An estimate has the variance too.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = normalDenoiser({ degradation, mean: 0.2, deviation: 0.5 });
 * const shape = [2, 2, 1] as const;
 * const levels = karrasLevels(degradation.schedule, { steps: 18 });
 * const turns = sample({ denoise, degradation, rule: heun, levels, count: 100, shape });
 * ```
 * @throws {RangeError} when mean is not finite, or deviation not above 0
 * @throws {TypeError} when degradation is no Gaussian noise, or a tensor is none of this shape
 */
export function normalDenoiser(options: NormalData): Denoiser {
  checkKnown('normalDenoiser', options, ['degradation', 'mean', 'deviation']);
  const { degradation, mean = 0, deviation = 1 } = options;
  checkGaussian('normalDenoiser', degradation);
  const shape = shapeOf({ mean, deviation });
  checkValues('mean', mean, (n) => Number.isFinite(n), 'finite numbers');
  checkValues('deviation', deviation, (n) => n > 0 && n < Infinity, 'numbers above 0');
  const denoise = (z: Images, level: Level): Estimate =>
    tidyEstimate(() => {
      const { alpha, sigma } = degradation.coefficients(levels(level, z.shape[0], 'normalDenoiser'));
      const own = tf.square(deviation);
      const all = tf.add(tf.mul(tf.square(alpha), own), tf.square(sigma));
      const off = tf.sub(degradation.toSigned(z), tf.mul(alpha, mean));
      const x0 = tf.add(mean, tf.mul(tf.div(tf.mul(alpha, own), all), off));
      return { x0: degradation.fromSigned(x0), variance: tf.div(tf.mul(tf.square(sigma), own), all) as tf.Tensor4D };
    });
  const constants = [mean, deviation].filter((part): part is tf.Tensor3D => part instanceof tf.Tensor);
  const whole: Denoiser = Object.assign(denoise, { weights: [], constants, degradation, ...(shape && { shape }) });
  return pureIf(whole, degradation);
}

/** Height, width and channels of the data, where a tensor says them. */
function shapeOf(parts: { mean: number | tf.Tensor3D; deviation: number | tf.Tensor3D }): ImageShape | undefined {
  let shape: ImageShape | undefined;
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'number') continue;
    if (!(part instanceof tf.Tensor) || part.rank !== 3)
      throw new TypeError(`normalDenoiser: ${name} must be a number or [height, width, channels], got ${shown(part)}`);
    checkTensor('normalDenoiser', name, part, shape ?? part.shape);
    shape = part.shape;
  }
  return shape;
}

function checkValues(name: string, part: number | tf.Tensor, holds: (n: number) => boolean, said: string): void {
  const values = typeof part === 'number' ? [part] : part.dataSync();
  for (const value of values) checkNumber('normalDenoiser', name, value, holds, `hold ${said}`);
}
