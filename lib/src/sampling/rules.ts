import { pure, pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkNumber, shown } from '../check.js';
import { Registry } from '../registry.js';
import type { Draw, DrawRule, Estimate, Gaussian, Images, NoiseDraw, Rule, Spec, Step } from '../types.js';
import { churn, type ChurnOptions } from './churn.js';
import { drawRules, fixed, fresh, gaussianOf, inferred, mixed, once } from './draw-rules.js';
import { langevin } from './langevin-rule.js';
import { dpmSolver2M, heun, LEAST } from './solvers.js';

const renoisings = new WeakMap<DrawRule, Rule>();
const improvements = new WeakMap<DrawRule, Rule>();

/**
 * Trusts the guess: z_s = D(x̂, s). With a fresh draw it is denoise/renoise, with the fixed one Algorithm 1 of cold
 * diffusion (Bansal et al. 2022, arXiv 2208.09392), with the inferred one DDIM (Song et al. 2021, arXiv 2010.02502).
 * @param draw where the draw comes from: `fresh` by default
 */
export function renoise(draw: DrawRule = fresh): Rule {
  checkDrawRule('renoise', draw);
  return once(renoisings, draw, () =>
    asRule('renoise', draw, (step, used) => step.degradation.at(used, step.estimate.x0, step.s)),
  );
}

/**
 * Takes from the guess only what changes between the levels: z_s = z_t − D(x̂, t) + D(x̂, s), so that to first order
 * its errors cancel. With the fixed draw it is Algorithm 2 of cold diffusion (Bansal et al. 2022, arXiv 2208.09392).
 * @param draw where the draw comes from: `fixed` by default
 */
export function improve(draw: DrawRule = fixed): Rule {
  checkDrawRule('improve', draw);
  return once(improvements, draw, () =>
    asRule('improve', draw, ({ degradation, z, estimate: { x0 }, t, s }, used) =>
      tf.add(tf.sub(z, degradation.at(used, x0, t)), degradation.at(used, x0, s)),
    ),
  );
}

/** Which variance the steps of {@link ancestral} have. */
export type StepVariance = 'posterior' | 'forward' | 'optimal' | 'learned';

const ancestors = new Map<StepVariance, Rule<NoiseDraw>>();

const STEP_VARIANCES: readonly StepVariance[] = ['posterior', 'forward', 'optimal', 'learned'];

/**
 * The reverse process of DDPM (Ho et al. 2020, arXiv 2006.11239, eq. 6 and 7, between any two levels): with r = α_t/α_s
 * and β = σ_t² − r²·σ_s², which is the variance of the noise between the levels,
 *
 *   z_s = (r·σ_s²·z_t + α_s·β·x̂)/σ_t² + √variance·ε.
 *
 * The variance is that of q(z_s | z_t, x0), `posterior`: β̃ = β·σ_s²/σ_t²; that of the step forwards, `forward`: β; the
 * best for a guess that knows its own, `optimal`: β̃ + (α_s·β/σ_t²)²·variance (Bao et al. 2022, arXiv 2201.06503,
 * theorem 1); or `learned`: between the first two, where the estimate's share says (Nichol and Dhariwal 2021, arXiv
 * 2102.09672, eq. 15). The last step, to no noise, adds none.
 * @param options.variance `posterior` when left out, which is `renoise(mixed(1))`
 * @throws {RangeError} when there is no such variance
 * @throws {TypeError} (the rule) when the denoiser does not say what the variance needs
 */
export function ancestral({ variance = 'posterior' }: { variance?: StepVariance } = {}): Rule<NoiseDraw> {
  checkChoice('ancestral', 'variance', variance, STEP_VARIANCES);
  return once(ancestors, variance, () => ancestor(variance));
}

function ancestor(variance: StepVariance): Rule<NoiseDraw> {
  const rule = (at: Step<NoiseDraw>): Images => {
    const { z, estimate } = at;
    const gaussian = gaussianOf('ancestral', at);
    const step = reverseStep(gaussian, at.t, at.s);
    const mean = tf.add(tf.mul(step.keep, gaussian.toSigned(z)), tf.mul(step.towards, gaussian.toSigned(estimate.x0)));
    const deviation = tf.sqrt(stepVariance(variance, step, estimate));
    const noise = tf.mul(deviation, tf.mul(fresh(at).noise, step.isNoisy));
    return gaussian.fromSigned(tf.add(mean, noise));
  };
  return pure(Object.assign(rule, { spec: { kind: 'ancestral', variance }, needsGaussian: true }));
}

/**
 * The way back from level t to s that Bayes' rule gives, all `[batch, 1, 1, 1]`: q(z_s | z_t, x0) has the mean
 * keep·z + towards·x0 and the variance `posterior`; `forward` is that of the noise between s and t.
 */
export interface ReverseStep {
  keep: tf.Tensor4D;
  towards: tf.Tensor4D;
  posterior: tf.Tensor4D;
  forward: tf.Tensor4D;
  /** 1 where there is noise at s, else 0. */
  isNoisy: tf.Tensor4D;
}

/** The step back of {@link ancestral}, from level t to s, `[batch]` each. */
export function reverseStep(gaussian: Gaussian, t: tf.Tensor1D, s: tf.Tensor1D): ReverseStep {
  const now = gaussian.coefficients(t);
  const then = gaussian.coefficients(s);
  const ratio = tf.div(now.alpha, then.alpha);
  const noise = tf.square(now.sigma);
  const forward = tf.relu(tf.sub(noise, tf.square(tf.mul(ratio, then.sigma)))) as tf.Tensor4D;
  const share = tf.divNoNan(tf.square(then.sigma), noise) as tf.Tensor4D; // of the noise at t that is there at s
  return {
    keep: tf.mul(ratio, share),
    towards: tf.mul(then.alpha, tf.divNoNan(forward, noise)),
    posterior: tf.mul(forward, share),
    forward,
    isNoisy: tf.cast(tf.greater(then.sigma, 0), 'float32') as tf.Tensor4D,
  };
}

/** The variance of a step back, where the estimate has what it takes. */
export function stepVariance(kind: StepVariance, step: ReverseStep, estimate: Estimate): tf.Tensor4D {
  if (kind === 'posterior') return step.posterior;
  if (kind === 'forward') return step.forward;
  if (kind === 'optimal') {
    if (!estimate.variance)
      throw new TypeError("ancestral: variance 'optimal' needs a denoiser that says its variance: see withVariance");
    return tf.add(step.posterior, tf.mul(tf.square(step.towards), estimate.variance)) as tf.Tensor4D;
  }
  if (!estimate.share)
    throw new TypeError("ancestral: variance 'learned' needs a denoiser whose target is learnedVariance(…)");
  const least = tf.log(tf.maximum(step.posterior, 1e-20));
  const most = tf.log(tf.maximum(step.forward, 1e-20));
  return tf.exp(tf.add(least, tf.mul(estimate.share, tf.sub(most, least))) as tf.Tensor4D);
}

/**
 * KL(q(z_s | z_t, x0) ‖ p(z_s | z_t)) of each image, in nats: how far the step back that a guess leads to is from the
 * one that the clean images lead to (Ho et al. 2020, arXiv 2006.11239, eq. 5).
 * @param step from {@link reverseStep}, to a level that has noise
 * @param options.estimate the guess of x0
 * @param options.variance the variance of p
 * @returns `[batch]`
 */
export function stepDivergence(
  step: ReverseStep,
  {
    degradation,
    x0,
    estimate,
    variance,
  }: { degradation: Gaussian; x0: Images; estimate: Estimate; variance: StepVariance },
): tf.Tensor1D {
  const off = tf.mul(step.towards, tf.sub(degradation.toSigned(x0), degradation.toSigned(estimate.x0)));
  const ratio = tf.div(stepVariance(variance, step, estimate), step.posterior);
  const distance = tf.div(tf.add(1, tf.div(tf.square(off), step.posterior)), ratio);
  const each = tf.div(tf.sub(tf.add(tf.log(ratio), distance), 1), 2);
  return tf.sum(each, [1, 2, 3]);
}

const reinjections = new Map<number, Rule<NoiseDraw>>();

/**
 * Takes out some of the noise and puts some new noise in, in z/α and σ/α: with u = z/α and r the ratio of the noise at
 * both levels,
 *
 *   u_s = x̂ + √(r² − β²)·(u_t − x̂) + β·σ_t·ε,
 *
 * so that what is left of the old noise and the new one together are as strong as level s wants it. It is chapter 8's
 * u − α·(u − x̂) + β·σ·ε, with α = 1 − √(r² − β²), over the levels of `reinjectionLevels`. With β = 0 it is DDIM, with
 * β = r denoise/renoise, with β² = r²·(1 − r²) the reverse process of DDPM.
 * @param beta β, at least 0; where it is above r, all of the noise is new
 * @throws {RangeError} when beta is not a finite number of at least 0
 */
export function reinject(beta: number): Rule<NoiseDraw> {
  checkNumber('reinject', 'beta', beta, (n) => n >= 0 && n < Infinity, 'be a number of at least 0');
  return once(reinjections, beta, () => reinjection(beta));
}

function reinjection(beta: number): Rule<NoiseDraw> {
  const rule = (step: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('reinject', step);
    const now = gaussian.coefficients(step.t);
    const then = gaussian.coefficients(step.s);
    const before = tf.div(now.sigma, tf.maximum(now.alpha, LEAST));
    const ratio = tf.divNoNan(tf.div(then.sigma, then.alpha), before);
    const added = tf.minimum(beta, ratio);
    const left = tf.sqrt(tf.relu(tf.sub(tf.square(ratio), tf.square(added))));
    const noise = tf.add(tf.mul(inferred(step).noise, left), tf.mul(fresh(step).noise, added));
    const moved = tf.add(gaussian.toSigned(step.estimate.x0), tf.mul(noise, before));
    return gaussian.fromSigned(tf.mul(then.alpha, moved));
  };
  return pure(Object.assign(rule, { spec: { kind: 'reinject', beta }, needsGaussian: true }));
}

/** The rules that checkpoints can name; open to a reader's own. */
export const rules = new Registry<Rule>('rule');
rules.define('renoise', async ({ draw = { kind: 'fresh' } }) => renoise(await drawRules.make(draw as Spec)));
rules.define('improve', async ({ draw = { kind: 'fixed' } }) => improve(await drawRules.make(draw as Spec)));
rules.define('heun', () => heun);
rules.define('dpm-solver-2m', () => dpmSolver2M);
rules.define('churn', async ({ kind: _, rule = { kind: 'heun' }, ...options }) =>
  churn({ ...(options as unknown as ChurnOptions), rule: await rules.make(rule as Spec) }),
);
rules.define('ancestral', ({ variance }) => ancestral({ variance: variance as StepVariance | undefined }));
rules.define('langevin', ({ step }) => langevin({ step: step as number | undefined }));
rules.define('reinject', ({ beta }) => reinject(beta as number));

function asRule(kind: string, draw: DrawRule, go: (step: Step, used: Draw) => Images): Rule {
  const rule: Rule = Object.assign((step: Step): Images => go(step, draw(step)), {
    ...(draw.spec && { spec: { kind, draw: draw.spec } }),
    ...(draw.needsGaussian && { needsGaussian: true }),
  });
  return pureIf(rule, draw);
}

/** What makes a rule or a draw rule, and is none itself. */
const makers: readonly unknown[] = [mixed, renoise, improve, ancestral, reinject, churn, langevin];

/** A function that makes rules must not be taken for a rule. */
export function checkIsMade(caller: string, name: string, rule: { name: string }): void {
  if (makers.includes(rule))
    throw new TypeError(`${caller}: ${name} must be a rule, got what makes one: call ${rule.name}(…)`);
}

function checkDrawRule(caller: string, draw: DrawRule): void {
  if (typeof draw !== 'function')
    throw new TypeError(`${caller}: draw must be a draw rule, such as fixed or fresh, got ${shown(draw)}`);
  checkIsMade(caller, 'draw', draw);
}
