import { tf } from '../backend/tf.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { levels } from '../level.js';
import type { Denoiser, Gaussian, Given, Images, Level } from '../types.js';
import { checkDenoiser } from './denoiser.js';

/** The slope of the logarithm of a density: `z` and the result `[batch, height, width, channels]`. */
export type Score = (z: Images, t: Level, given?: Given) => tf.Tensor4D;

/**
 * The score of noisy images that a denoiser stands for, by Tweedie's formula (Robbins 1956; Vincent 2011; Song et al.
 * 2021, arXiv 2011.13456):
 *
 *   ∇ log p_t(z) = (α·D(z, t) − z)/σ²,
 *
 * with z, D and the score in the range in which noise is added, [−1, 1] for images. It is exact for the exact denoiser,
 * and so small noise makes it large: a denoiser's error is divided by σ².
 *
 * ```ts
 * const degradation = gaussian();
 * const arrows = score(denoiser(network, { target: velocity(degradation) }), degradation);
 * const slope = arrows(z, 0.5);
 * ```
 * @throws {TypeError} when denoise is no denoiser, or not one of this degradation, or that no Gaussian noise
 * @throws {RangeError} (the score) when a level is not above 0, where there is no noise
 */
export function score(denoise: Denoiser, degradation: Gaussian): Score {
  checkDenoiser('score', 'denoise', denoise);
  checkGaussian('score', degradation);
  checkBelongs('score', 'denoise', denoise.degradation, degradation);
  return (z, level, given) =>
    tf.tidy(() => {
      if (level === 0) throw new RangeError('score: t must be above 0, got 0');
      const t = levels(level, z.shape[0], 'score');
      const { alpha, sigma } = degradation.coefficients(t);
      const clean = degradation.toSigned(denoise(z, t, given).x0);
      return tf.div(tf.sub(tf.mul(alpha, clean), degradation.toSigned(z)), tf.square(sigma));
    });
}
