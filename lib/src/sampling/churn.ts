import { numbersOf } from '../backend/numbers-of.js';
import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, shown } from '../check.js';
import type { Gaussian, Images, Lift, NoiseDraw, Rule } from '../types.js';
import { once } from './draw-rules.js';
import { moreNoise } from './more-noise.js';
import { heun } from './solvers.js';

/** Options of {@link churn}. */
export interface ChurnOptions {
  /** How to go on from where noise has been put in: `heun` when left out. */
  rule?: Rule<NoiseDraw>;
  /** S_churn: how much noise all steps together put in, in units of σ/α; a step raises it by at most √2 − 1. */
  amount: number;
  /** S_min: noise is put in only where σ/α is at least so much; 0 when left out. */
  least?: number;
  /** S_max: and at most so much; everywhere when left out. */
  most?: number;
  /** S_noise: the deviation of the new noise; 1 when left out. A little more makes up for guesses that shrink it. */
  noise?: number;
}

/** A rule before which noise is put in: the sampler asks at the level that it is put in up to. */
export type ChurnRule = Rule<NoiseDraw> & Required<Pick<Rule<NoiseDraw>, 'raise' | 'lift'>>;

const churned = new WeakMap<Rule<NoiseDraw>, Map<string, ChurnRule>>();

/**
 * Puts noise in before each step, and then goes with `rule` from there: stochastic sampling of Karras et al. 2022
 * (arXiv 2206.00364, Algorithm 2, in z/α and σ/α). With γ = min(amount/steps, √2 − 1), where σ/α lies from `least` to
 * `most`, it is raised by the factor 1 + γ, and the guess is made there, so that no guess is wasted.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: karras(degradation) });
 * const levels = karrasLevels(degradation.schedule, { steps: 32 });
 * const rule = churn({ amount: 40, least: 0.05, most: 50, noise: 1.003 });
 * const turns = sample({ denoise, degradation, rule, levels, count: 16 });
 * ```
 * Nothing is raised above the end of the schedule: a first step from there puts nothing in.
 * @throws {RangeError} when amount, least, most or noise is below 0, or least above most
 * @throws {TypeError} when rule is none, or puts noise in itself in this way
 */
export function churn(options: ChurnOptions): ChurnRule {
  checkKnown('churn', options, ['rule', 'amount', 'least', 'most', 'noise']);
  const { rule = heun, amount, least = 0, most = Infinity, noise = 1 } = options;
  if (typeof rule !== 'function') throw new TypeError(`churn: rule must be one, such as heun, got ${shown(rule)}`);
  if (rule.raise) throw new TypeError('churn: rule must be one that does not churn itself, got another churn');
  for (const [name, value] of Object.entries({ amount, least, noise }))
    checkNumber('churn', name, value, (n) => n >= 0 && n < Infinity, 'be a number of at least 0');
  checkNumber('churn', 'most', most, (n) => n >= least, `be at least ${least}, which least is`);
  const parts = { amount, least, ...(most < Infinity && { most }), noise };
  const own = once(churned, rule, () => new Map<string, ChurnRule>());
  return once(own, JSON.stringify(parts), () => churnRule(rule, { amount, least, most, noise }, parts));
}

function churnRule(
  rule: Rule<NoiseDraw>,
  { amount, least, most, noise }: Required<Omit<ChurnOptions, 'rule'>>,
  parts: object,
): ChurnRule {
  const raise = async (gaussian: Gaussian, t: number, steps: number): Promise<number> => {
    const [ratio, end] = [await ratioAt(gaussian, t), gaussian.schedule.most ?? Infinity];
    const gamma = ratio >= least && ratio <= most ? Math.min(amount / steps, Math.SQRT2 - 1) : 0;
    if (gamma === 0 || !(ratio < end)) return t;
    return Math.max(t, Math.min(1, gaussian.schedule.level(Math.min(ratio * (1 + gamma), end))));
  };
  const lift = ({ degradation, z, t, raised, key }: Lift<NoiseDraw>): Images => {
    const gaussian = degradation as Gaussian; // by `needsGaussian`
    return moreNoise(gaussian, { z, t, raised, noise: tf.mul(gaussian.draw(key, z.shape).noise, noise) });
  };
  const { spec, looksBack, constants } = rule;
  const wrapped: ChurnRule = Object.assign(rule.bind(undefined), {
    ...(spec && { spec: { kind: 'churn', rule: spec, ...parts } }),
    ...(looksBack && { looksBack }),
    ...(constants && { constants }),
    needsGaussian: true,
    raise,
    lift,
  });
  return pureIf(wrapped, rule);
}

/** σ/α at a level; Infinity where nothing is left of the images. */
async function ratioAt(gaussian: Gaussian, t: number): Promise<number> {
  const both = tf.tidy(() => {
    const { alpha, sigma } = gaussian.coefficients(tf.tensor1d([t]));
    return tf.stack([sigma, alpha]);
  });
  const [sigma, alpha] = await numbersOf(both);
  return sigma / alpha;
}
