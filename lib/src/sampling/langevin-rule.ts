import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkNumber } from '../check.js';
import type { Images, NoiseDraw, Rule, Step } from '../types.js';
import { fresh, gaussianOf, inferred, once } from './draw-rules.js';
import { LEAST } from './solvers.js';

const steps = new Map<number, Rule<NoiseDraw>>();

/**
 * A step of Langevin dynamics at level t, up the slope of log p_t with new noise, and then on to level s as it is,
 * which is too noisy there (Song and Ermon 2019, arXiv 1907.05600, Algorithm 1): with the score of Tweedie's formula
 * and the step size step·σ²,
 *
 *   z ← z + step/2·(α·x̂ − z) + √step·σ·ε,   z_s = (α_s/α_t)·z.
 *
 * To no noise, the step is the guess itself: the final denoising step of Jolicoeur-Martineau et al. 2020 (arXiv
 * 2009.05475). From nothing but noise it is DDIM's. `sampleLangevin` takes many such steps at each level.
 * @param options.step the step size in units of σ², above 0; for normal z of variance v, the walk settles at the
 * variance v/(1 − step·σ²/(4·v)). 0.2 when left out, as theirs at each level
 * @throws {RangeError} when step is not a finite number above 0
 */
export function langevin({ step = 0.2 }: { step?: number } = {}): Rule<NoiseDraw> {
  checkNumber('langevin', 'step', step, (n) => n > 0 && n < Infinity, 'be a number above 0');
  return once(steps, step, () => langevinStep(step));
}

function langevinStep(size: number): Rule<NoiseDraw> {
  const rule = (at: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('langevin', at);
    const [now, then] = [gaussian.coefficients(at.t), gaussian.coefficients(at.s)];
    const [z, clean] = [gaussian.toSigned(at.z), gaussian.toSigned(at.estimate.x0)];
    const uphill = tf.mul(tf.sub(tf.mul(now.alpha, clean), z), size / 2);
    const moved = tf.add(tf.add(z, uphill), tf.mul(tf.mul(fresh(at).noise, now.sigma), Math.sqrt(size)));
    const on = gaussian.fromSigned(tf.mul(moved, tf.div(then.alpha, tf.maximum(now.alpha, LEAST))));
    const ddim = gaussian.at(inferred(at), at.estimate.x0, at.s);
    // Within one level the step is Langevin's, also where there is nothing but noise.
    const changes = tf.reshape(tf.less(at.s, at.t), [-1, 1, 1, 1]);
    const atAnEnd = tf.logicalOr(tf.equal(then.sigma, 0), tf.less(now.alpha, LEAST));
    return tf.where(changes, tf.where(atAnEnd, ddim, on), gaussian.fromSigned(moved));
  };
  return pure(Object.assign(rule, { spec: { kind: 'langevin', step: size }, needsGaussian: true }));
}
