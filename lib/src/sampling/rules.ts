import { tf } from '../backend/tf.js';
import { Registry } from '../registry.js';
import type { Draw, DrawRule, Gaussian, Images, NoiseDraw, Rule, Spec, Step } from '../types.js';

/** The one draw of the start, again and again. */
export const fixed: DrawRule = Object.assign((step: Step) => step.draw, { spec: { kind: 'fixed' } });

/** A new draw at each step. */
export const fresh: DrawRule = Object.assign(({ degradation, key, z }: Step) => degradation.draw(key, z.shape), {
  spec: { kind: 'fresh' },
});

/** The draw that leads from the guess to z, which only Gaussian noise can tell. */
export const inferred: DrawRule<NoiseDraw> = Object.assign(
  ({ degradation, z, estimate, t }: Step<NoiseDraw>) => (degradation as Gaussian).infer(z, estimate.x0, t),
  { spec: { kind: 'inferred' } },
);

/**
 * The inferred noise with a share of new noise, so that together they have variance 1: with η = 0 it is DDIM, with η =
 * 1 DDPM (Song et al. 2021, arXiv 2010.02502, eq. 16: the new noise has the deviation η·σ_s·√(1 −
 * (α_t·σ_s)²/(α_s·σ_t)²)).
 * @param eta η, from 0 to 1
 * @throws {RangeError} when eta lies outside [0, 1]
 */
export function mixed(eta: number): DrawRule<NoiseDraw> {
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`mixed: eta must lie in [0, 1], got ${eta}`);
  const draw = (step: Step<NoiseDraw>): NoiseDraw => {
    const gaussian = step.degradation as Gaussian;
    const now = gaussian.coefficients(step.t);
    const then = gaussian.coefficients(step.s);
    // The reverse process has the variance σ_s²·(1 − ratio²), with ratio² that of the signal-to-noise ratios.
    const ratio = tf.divNoNan(tf.mul(now.alpha, then.sigma), tf.mul(then.alpha, now.sigma));
    const share = tf.mul(eta, tf.sqrt(tf.relu(tf.sub(1, tf.square(ratio)))));
    const kept = tf.sqrt(tf.relu(tf.sub(1, tf.square(share))));
    const noise = tf.add(tf.mul(inferred(step).noise, kept), tf.mul(fresh(step).noise, share));
    return { noise: noise as Images };
  };
  return Object.assign(draw, { spec: { kind: 'mixed', eta } });
}

const renoisings = new WeakMap<DrawRule, Rule>();
const improvements = new WeakMap<DrawRule, Rule>();

/**
 * Trusts the guess: z_s = D(x̂, s). With a fresh draw it is denoise/renoise, with the fixed one Algorithm 1 of cold
 * diffusion (Bansal et al. 2022, arXiv 2208.09392), with the inferred one DDIM (Song et al. 2021, arXiv 2010.02502).
 * @param draw where the draw comes from: `fresh` by default
 */
export function renoise(draw: DrawRule = fresh): Rule {
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
  return once(improvements, draw, () =>
    asRule('improve', draw, ({ degradation, z, estimate: { x0 }, t, s }, used) =>
      tf.add(tf.sub(z, degradation.at(used, x0, t)), degradation.at(used, x0, s)),
    ),
  );
}

/** Below this α nothing is left of the images. */
const LEAST = 1e-3;

/**
 * Heun's method: a step of DDIM, a second look from where it leads, and the step again with the mean of both noises
 * (Karras et al. 2022, arXiv 2206.00364, Algorithm 1, in z/α and σ/α). Two guesses a step. To no noise, and from
 * nothing but noise, where z/α has no value, the step is DDIM's.
 */
export const heun: Rule<NoiseDraw> = Object.assign(
  (step: Step<NoiseDraw>): Images => {
    const gaussian = step.degradation as Gaussian;
    const first = renoise(inferred)(step);
    const second = step.denoise(first, step.s);
    const noise1 = inferred(step).noise;
    const noise2 = gaussian.infer(first, second.x0, step.s).noise;
    const now = gaussian.coefficients(step.t);
    const then = gaussian.coefficients(step.s);
    const alpha = tf.maximum(now.alpha, LEAST);
    const change = tf.sub(tf.div(then.sigma, then.alpha), tf.div(now.sigma, alpha));
    const mean = tf.div(tf.add(noise1, noise2), 2);
    const moved = tf.mul(then.alpha, tf.add(tf.div(gaussian.toSigned(step.z), alpha), tf.mul(mean, change)));
    const atAnEnd = tf.cast(tf.logicalOr(tf.equal(then.sigma, 0), tf.less(now.alpha, LEAST)), 'float32');
    return tf.add(tf.mul(first, atAnEnd), tf.mul(gaussian.fromSigned(moved), tf.sub(1, atAnEnd)));
  },
  { spec: { kind: 'heun' } },
);

/** The draw rules that checkpoints can name; open to a reader's own. */
export const drawRules = new Registry<DrawRule>('draw rule');
drawRules.define('fixed', () => fixed);
drawRules.define('fresh', () => fresh);
drawRules.define('inferred', () => inferred);
drawRules.define('mixed', ({ eta }) => mixed(eta as number));

/** The rules that checkpoints can name; open to a reader's own. */
export const rules = new Registry<Rule>('rule');
rules.define('renoise', async ({ draw = { kind: 'fresh' } }) => renoise(await drawRules.make(draw as Spec)));
rules.define('improve', async ({ draw = { kind: 'fixed' } }) => improve(await drawRules.make(draw as Spec)));
rules.define('heun', () => heun);

/** The same rule for the same draw rule, so that what has been compiled for it is found again. */
function once(made: WeakMap<DrawRule, Rule>, draw: DrawRule, make: () => Rule): Rule {
  const rule = made.get(draw) ?? make();
  made.set(draw, rule);
  return rule;
}

function asRule(kind: string, draw: DrawRule, go: (step: Step, used: Draw) => Images): Rule {
  const rule = (step: Step): Images => go(step, draw(step));
  return draw.spec ? Object.assign(rule, { spec: { kind, draw: draw.spec } }) : rule;
}
