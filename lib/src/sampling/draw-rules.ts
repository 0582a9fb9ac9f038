import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkNumber } from '../check.js';
import { isGaussian } from '../degradations/belonging.js';
import { Registry } from '../registry.js';
import type { DrawRule, Gaussian, Images, NoiseDraw, Step } from '../types.js';

/** The one draw of the start, again and again. */
export const fixed: DrawRule = pure(Object.assign((step: Step) => step.draw, { spec: { kind: 'fixed' } }));

/** A new draw at each step. */
export const fresh: DrawRule = pure(
  Object.assign(({ degradation, key, z }: Step) => degradation.draw(key, z.shape), { spec: { kind: 'fresh' } }),
);

/** The draw that leads from the guess to z, which only Gaussian noise can tell. */
export const inferred: DrawRule<NoiseDraw> = pure(
  Object.assign((step: Step<NoiseDraw>) => gaussianOf('inferred', step).infer(step.z, step.estimate.x0, step.t), {
    spec: { kind: 'inferred' },
    needsGaussian: true,
  }),
);

const mixtures = new Map<number, DrawRule<NoiseDraw>>();

/**
 * The inferred noise with a share of new noise, so that together they have variance 1: with η = 0 it is DDIM, with η =
 * 1 DDPM (Song et al. 2021, arXiv 2010.02502, eq. 16: the new noise has the deviation η·σ_s·√(1 −
 * (α_t·σ_s)²/(α_s·σ_t)²)).
 * @param eta η, from 0 to 1
 * @throws {RangeError} when eta lies outside [0, 1]
 */
export function mixed(eta: number): DrawRule<NoiseDraw> {
  checkNumber('mixed', 'eta', eta, (n) => n >= 0 && n <= 1, 'lie in [0, 1]');
  return once(mixtures, eta, () => mixture(eta));
}

function mixture(eta: number): DrawRule<NoiseDraw> {
  const draw = (step: Step<NoiseDraw>): NoiseDraw => {
    const gaussian = gaussianOf('mixed', step);
    const now = gaussian.coefficients(step.t);
    const then = gaussian.coefficients(step.s);
    // The reverse process has the variance σ_s²·(1 − ratio²), with ratio² that of the signal-to-noise ratios.
    const ratio = tf.divNoNan(tf.mul(now.alpha, then.sigma), tf.mul(then.alpha, now.sigma));
    const share = tf.mul(eta, tf.sqrt(tf.relu(tf.sub(1, tf.square(ratio)))));
    const kept = tf.sqrt(tf.relu(tf.sub(1, tf.square(share))));
    const noise = tf.add(tf.mul(inferred(step).noise, kept), tf.mul(fresh(step).noise, share));
    return { noise: noise as Images };
  };
  return pure(Object.assign(draw, { spec: { kind: 'mixed', eta }, needsGaussian: true }));
}

/** The draw rules that checkpoints can name; open to a reader's own. */
export const drawRules = new Registry<DrawRule>('draw rule');
drawRules.define('fixed', () => fixed);
drawRules.define('fresh', () => fresh);
drawRules.define('inferred', () => inferred);
drawRules.define('mixed', ({ eta }) => mixed(eta as number));

/** The same for the same key, so that what has been compiled for it is found again. */
export function once<K, T>(
  made: { get(key: K): T | undefined; set(key: K, value: T): unknown },
  key: K,
  make: () => T,
): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

/** The degradation of a step, which must be Gaussian noise. */
export function gaussianOf(caller: string, { degradation }: Step<NoiseDraw>): Gaussian {
  if (isGaussian(degradation)) return degradation;
  throw new TypeError(`${caller}: the degradation must be Gaussian noise, as gaussian() makes it`);
}
