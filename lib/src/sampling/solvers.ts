import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import type { Gaussian, Images, NoiseDraw, Rule, Step } from '../types.js';
import { gaussianOf, inferred } from './draw-rules.js';

/*
 * Ways along the probability-flow equation (Song et al. 2021, arXiv 2011.13456, eq. 13), which in u = z/α, r = σ/α is
 *
 *   du/dr = (u − D(z, t))/r.
 *
 * Euler's method, of first order, is DDIM: the rule renoise(inferred). These are of second order.
 */

/** Below this α nothing is left of the images. */
export const LEAST = 1e-3;

/**
 * Heun's method: a step of DDIM, a second look from where it leads, and the step again with the mean of both noises
 * (Karras et al. 2022, arXiv 2206.00364, Algorithm 1, in z/α and σ/α). Two guesses a step. To and from no noise, and to
 * and from nothing but noise, where z/α has no value, the step is DDIM's.
 */
export const heun: Rule<NoiseDraw> = pure(
  Object.assign(
    (step: Step<NoiseDraw>): Images => {
      const gaussian = gaussianOf('heun', step);
      const first = stepTowards(gaussian, step.estimate.x0, step);
      const second = step.denoise(first, step.s);
      const noise1 = inferred(step).noise;
      const noise2 = gaussian.infer(first, second.x0, step.s).noise;
      const now = gaussian.coefficients(step.t);
      const then = gaussian.coefficients(step.s);
      const [alpha, alpha2] = [now.alpha, then.alpha].map((value) => tf.maximum(value, LEAST));
      const change = tf.sub(tf.div(then.sigma, alpha2), tf.div(now.sigma, alpha));
      const mean = tf.div(tf.add(noise1, noise2), 2);
      const moved = tf.mul(alpha2, tf.add(tf.div(gaussian.toSigned(step.z), alpha), tf.mul(mean, change)));
      const inside = tf.mul(isInside(gaussian, step.t), isInside(gaussian, step.s));
      return tf.add(tf.mul(gaussian.fromSigned(moved), inside), tf.mul(first, tf.sub(1, inside)));
    },
    { spec: { kind: 'heun' }, needsGaussian: true },
  ),
);

/**
 * DPM-Solver++ (2M): a step of DDIM in which the guess is carried on, along the line through it and the one before, to
 * the middle of the step in λ = ln(α/σ) (Lu et al. 2022, arXiv 2211.01095, Algorithm 2):
 *
 *   x̂ + (λ_s − λ_t)/(λ_t − λ_before)·(x̂ − x̂_before)/2.
 *
 * Of second order with one guess a step, since it looks back. The first step, those to and from no noise, and those to,
 * from and after nothing but noise, where λ has no value, are DDIM's.
 */
export const dpmSolver2M: Rule<NoiseDraw> = pure(
  Object.assign(
    (step: Step<NoiseDraw>): Images => {
      const gaussian = gaussianOf('dpmSolver2M', step);
      const { estimate, before, t, s } = step;
      if (!before) return stepTowards(gaussian, estimate.x0, step);
      const [past, now, next] = [before.t, t, s].map((level) => logRatio(gaussian, level));
      const share = tf.divNoNan(tf.sub(next, now), tf.mul(tf.sub(now, past), 2));
      const inside = [before.t, t, s].map((level) => isInside(gaussian, level)).reduce((a, b) => tf.mul(a, b));
      const carried = tf.mul(tf.mul(share, inside), tf.sub(estimate.x0, before.estimate.x0));
      return stepTowards(gaussian, tf.add(estimate.x0, carried), step);
    },
    { spec: { kind: 'dpm-solver-2m' }, needsGaussian: true, looksBack: true },
  ),
);

/** z at level s, by a step of DDIM from level t as if `x0` were the guess: with the noise that leads from it to z. */
export function stepTowards(
  gaussian: Gaussian,
  x0: Images,
  { z, t, s }: { z: Images; t: tf.Tensor1D; s: tf.Tensor1D },
): Images {
  return gaussian.at(gaussian.infer(z, x0, t), x0, s);
}

/** λ = ln(α/σ) of each image, `[batch, 1, 1, 1]`; where it has no value, some number. */
function logRatio(gaussian: Gaussian, t: tf.Tensor1D): tf.Tensor {
  const { alpha, sigma } = gaussian.coefficients(t);
  return tf.sub(tf.log(tf.maximum(alpha, LEAST)), tf.log(tf.maximum(sigma, 1e-12)));
}

/** 1 where there is noise and something is left of the images, else 0: `[batch, 1, 1, 1]`. */
function isInside(gaussian: Gaussian, t: tf.Tensor1D): tf.Tensor {
  const { alpha, sigma } = gaussian.coefficients(t);
  return tf.cast(tf.logicalAnd(tf.greater(sigma, 0), tf.greaterEqual(alpha, LEAST)), 'float32');
}
