import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkNumber, checkTensor } from '../check.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { checkKnownImages, coefficientsOf, type Known } from '../degradations/known.js';
import { levels } from '../level.js';
import type { Denoiser, Gaussian, Given, Images, Level } from '../types.js';
import { checkDenoiser, tidyEstimate } from './denoiser.js';

/** Options of {@link guideTo}. */
export interface GuidanceTo extends Known {
  /** Guesses the clean images, whatever they are. */
  denoise: Denoiser;
  /** The noise that it undoes. */
  degradation: Gaussian;
  /**
   * The standard deviation of the data, in the range in which noise is added: one number, 0.5 when left out, or one for
   * each coefficient of the operator, `[1, height, width, channels]`, which stays the caller's.
   */
  deviation?: number | tf.Tensor4D;
  /** Whether it asks the network by its slope what a change of z changes in the guess: false when left out. */
  through?: boolean;
}

/**
 * A denoiser that knows something of the images: the degraded images y = H·x + noise. In the coefficients of the
 * operator, with singular values s, and with σ_y the deviation of the noise in y, each coefficient of the guess moves
 * towards what is known as far as one is surer of it than of the guess,
 *
 *   x̂ + r²·s·(y − s·x̂)/(r²·s² + σ_y²),   r² = d²·σ²/(α²·d² + σ²),
 *
 * where d is the deviation of the data, so that r is that of the guess. It is E[x0 | z, y] for normal data whose
 * coefficients are independent and of this deviation. Without noise it puts what is known in the place of what was
 * guessed (Wang et al. 2023, arXiv 2212.00490, eq. 17).
 *
 * With `through`, what the known coefficients say of all others comes from the slope of the denoiser,
 *
 *   x̂ + σ²/α·∇_z x̂·s·(y − s·x̂)/(r²·s² + σ_y²)
 *
 * (Song et al. 2023, ICLR, pseudo-inverse guidance, eq. 7), which costs about three times as much, and says the same
 * where the slope is r²·α/σ², as it is for such data.
 *
 * ```ts
 * const operator = linearOperator(blur(), { shape: [32, 32, 3], level: 0.6 });
 * const known = operator.degrade(x0);
 * const mending = guideTo({ denoise, degradation: gaussian(), operator, known, noise: 0.05 });
 * const levels = evenLevels(64);
 * const turns = sample({ denoise: mending, degradation: gaussian(), rule: ancestral(), levels, count: 16 });
 * ```
 * @throws {TypeError} when denoise is no denoiser, degradation no Gaussian noise, or operator none
 * @throws {RangeError} when known does not fit the operator, or noise or deviation is none
 */
export function guideTo(options: GuidanceTo): Denoiser {
  checkKnown('guideTo', options, ['denoise', 'degradation', 'operator', 'known', 'noise', 'deviation', 'through']);
  const { denoise, degradation, operator, known, noise = 0, deviation = 0.5, through = false } = options;
  checkDenoiser('guideTo', 'denoise', denoise);
  checkGaussian('guideTo', degradation);
  checkBelongs('guideTo', 'denoise', denoise.degradation, degradation);
  checkKnownImages('guideTo', { operator, known, noise });
  if (typeof deviation === 'number')
    checkNumber('guideTo', 'deviation', deviation, (n) => n > 0 && n < Infinity, 'be above 0');
  else checkTensor('guideTo', 'deviation', deviation, [1, ...operator.shape]);
  checkChoice('guideTo', 'through', through, [true, false]);
  const guess = (z: Images, level: Level, given?: Given) =>
    tidyEstimate(() => {
      const t = levels(level, z.shape[0], 'guideTo');
      const { alpha, sigma } = degradation.coefficients(t);
      const { y, s, deviation: own, into, outOf } = coefficientsOf({ operator, known, noise }, degradation);
      const [data, noisy] = [tf.square(deviation), tf.square(sigma)];
      const spread = tf.div(tf.mul(data, noisy), tf.add(tf.mul(tf.square(alpha), data), noisy));
      const total = tf.add(tf.mul(spread, tf.square(s)), tf.square(own));
      /** What is known says of the coefficients: s·(y − s·x̂)/(r²·s² + σ_y²). */
      const said = (x0: Images) => tf.divNoNan(tf.mul(s, tf.sub(y, tf.mul(s, into(x0)))), total);
      if (!through) {
        const estimate = denoise(z, t, given);
        const x0 = outOf(tf.add(into(estimate.x0), tf.mul(spread, said(estimate.x0))));
        return { ...estimate, x0 };
      }
      let x0: Images | undefined;
      const sureness = tf.divNoNan(tf.cast(tf.greater(s, 0), 'float32'), total); // no quotient below: it has no slope
      const slope = tf.grad((signed: tf.Tensor) => {
        const clean = denoise(degradation.fromSigned(signed), t, given).x0;
        x0 ??= tf.keep(clean.clone());
        const off = tf.sub(y, tf.mul(s, into(clean)));
        return tf.mul(-0.5, tf.sum(tf.mul(tf.square(off), sureness)));
      })(degradation.toSigned(z));
      const isLeft = tf.greater(alpha, 1e-3);
      const reach = tf.where(isLeft, tf.div(noisy, tf.maximum(alpha, 1e-3)), tf.zerosLike(alpha));
      // Where z is nothing but noise, the guess has no slope, and what is known goes straight to its coefficients.
      const straight = outOf(tf.add(into(x0!), tf.mul(spread, said(x0!))));
      const moved = degradation.fromSigned(tf.add(degradation.toSigned(x0!), tf.mul(reach, slope)));
      x0!.dispose();
      return { x0: tf.where(tf.tile(isLeft, [1, ...z.shape.slice(1)]), moved, straight) };
    });
  const constants = [...(denoise.constants ?? []), ...operator.constants, known];
  if (typeof deviation !== 'number') constants.push(deviation);
  const { weights, shape = operator.shape, conditions } = denoise;
  const guided: Denoiser = Object.assign(guess, {
    weights,
    constants,
    shape,
    ...(conditions && { conditions }),
    degradation,
  });
  return guided;
}
