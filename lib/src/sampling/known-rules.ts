import { splitKey } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, checkWhole, shown } from '../check.js';
import { checkKnownImages, coefficientsOf, type Coefficients, type Known } from '../degradations/known.js';
import type { Images, NoiseDraw, Rule, Step } from '../types.js';
import { fresh, gaussianOf, inferred } from './draw-rules.js';
import { moreNoise } from './more-noise.js';
import { ancestral, checkIsMade } from './rules.js';

/*
 * Rules that know something of the images: y = s·x + noise of deviation σ_y, in the coefficients of a linear operator.
 * A coefficient of y, divided by s, is one of the image with noise σ_y/s. It can stand for one of z at level t as long
 * as that has at least as much noise, σ/α ≥ σ_y/s.
 */

/** Options of {@link replacing}. */
export interface Replacement extends Known {
  /** How to go on where nothing is known: `ancestral()` when left out. */
  rule?: Rule<NoiseDraw>;
}

/**
 * Goes on as `rule` does, and then puts what is known in the place of what came: in each coefficient of which something
 * is left, the known one with as much new noise as the level wants. For a mask these are the pixels outside of the hole
 * (Lugmayr et al. 2022, arXiv 2201.09865, eq. 8). Where y has more noise than the level, nothing is put in.
 *
 * What is guessed at high levels has seen what is known only through noise; {@link resampled} lets it catch up.
 *
 * ```ts
 * const operator = linearOperator(pixelate(), { shape: [32, 32, 3], level: 1 });
 * const known = operator.degrade(x0);
 * const rule = resampled(replacing({ operator, known }), { times: 4 });
 * const turns = sample({ denoise, degradation: gaussian(), rule, levels: evenLevels(32), count: 16 });
 * ```
 * @throws {TypeError} when rule or operator is none
 * @throws {RangeError} when known does not fit the operator, or noise is below 0
 */
export function replacing(options: Replacement): Rule<NoiseDraw> {
  checkKnown('replacing', options, ['operator', 'known', 'noise', 'rule']);
  const { rule = ancestral(), ...known } = options;
  checkRule('replacing', rule);
  checkKnownImages('replacing', known);
  const go = (step: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('replacing', step);
    const [one, two] = splitKey(step.key, 2);
    const next = rule({ ...step, key: one });
    const coefficients = coefficientsOf(known, gaussian);
    const { alpha, sigma } = gaussian.coefficients(step.s);
    const { canStand, mean, left } = stand(coefficients, { alpha, sigma });
    const noise = fresh({ ...step, key: two }).noise;
    const put = tf.add(tf.mul(alpha, mean), tf.mul(left, noise));
    const { into, outOf } = coefficients;
    return outOf(tf.where(canStand, put, into(next, alpha)), alpha);
  };
  return Object.assign(go, partsOf(rule, known));
}

/** Options of {@link spectral}. */
export interface SpectralOptions extends Known {
  /**
   * η, the share of new noise in each step: from 0 to 1, the same in all steps as in the paper, 0.85 there; or as much
   * as the reverse process of DDPM has from level to level, when left out.
   */
  eta?: number;
  /** η_b: how far what is known is trusted where it can stand for z, from 0 to 1: 1, all the way, when left out. */
  trust?: number;
}

/**
 * Denoising diffusion restoration (Kawar et al. 2022, arXiv 2201.11793, eq. 7 and 8): each coefficient of a linear
 * operator goes on by itself. With x̂ that of the guess, and α, σ of the next level,
 *
 * - where nothing is left of it (s = 0): α·x̂ + σ·(√(1 − η²)·ε̂ + η·ε), with ε̂ the noise that leads from x̂ to z
 * - where y can stand for z (σ/α ≥ σ_y/s): α·y/s and as much new noise as the level wants
 * - where y has more noise: α·x̂ + σ·(√(1 − η²)·(y − s·x̂)/σ_y + η·ε)
 *
 * With an `eta` it is the paper's, in which every step takes out all noise of a coefficient and puts a share η of new
 * noise in: like denoise/renoise it loses variance in many steps. Without, the share is that of the reverse process,
 * and once a coefficient of y has stood for z, the noise of z is its own. In many steps it then comes to the
 * distribution of the images given y, where the coefficients are independent of each other.
 *
 * ```ts
 * const operator = linearOperator(blur(), { shape: [32, 32, 3], level: 0.6 });
 * const known = operator.degrade(x0);
 * const rule = spectral({ operator, known, noise: 0.05 });
 * const turns = sample({ denoise, degradation: gaussian(), rule, levels: evenLevels(32), count: 16 });
 * ```
 * @throws {TypeError} when operator is none
 * @throws {RangeError} when known does not fit the operator, noise is below 0, or eta or trust lies outside [0, 1]
 */
export function spectral(options: SpectralOptions): Rule<NoiseDraw> {
  checkKnown('spectral', options, ['operator', 'known', 'noise', 'eta', 'trust']);
  const { eta, trust = 1, ...known } = options;
  for (const [name, value] of Object.entries({ eta: eta ?? 0, trust }))
    checkNumber('spectral', name, value, (n) => n >= 0 && n <= 1, 'lie in [0, 1]');
  checkKnownImages('spectral', known);
  const go = (step: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('spectral', step);
    const coefficients = coefficientsOf(known, gaussian);
    const { y, s, deviation, into, outOf } = coefficients;
    const [now, then] = [gaussian.coefficients(step.t), gaussian.coefficients(step.s)];
    const [clean, noise] = [into(step.estimate.x0), known.operator.into(fresh(step).noise)];
    const before = stand(coefficients, now);
    const after = stand(coefficients, then, trust);
    // What came from y when it last could stand for z has the noise of y, at the level of y.
    const own = tf.divNoNan(tf.sub(y, tf.mul(s, clean)), deviation);
    const fromKnown = eta === undefined ? before.canStand : tf.greater(tf.add(s, tf.zerosLike(clean)), 0);
    const old = tf.where(fromKnown, own, known.operator.into(inferred(step).noise));
    const ratio = (level: tf.Tensor) => tf.minimum(tf.divNoNan(tf.mul(then.sigma, level), then.alpha), 1);
    const between = tf.where(
      before.canStand,
      ratio(tf.divNoNan(s, deviation)),
      tf.add(ratio(tf.divNoNan(now.alpha, now.sigma)), tf.zerosLike(clean)),
    );
    const share = eta ?? tf.sqrt(tf.relu(tf.sub(1, tf.square(between))));
    const kept = tf.sqrt(tf.sub(1, tf.square(share)));
    const free = tf.add(tf.mul(then.alpha, clean), tf.mul(then.sigma, tf.add(tf.mul(kept, old), tf.mul(share, noise))));
    const believed = tf.add(tf.mul(1 - trust, clean), tf.mul(trust, after.mean));
    const put = tf.add(tf.mul(then.alpha, believed), tf.mul(after.left, noise));
    return outOf(tf.where(after.canStand, put, free), then.alpha);
  };
  return Object.assign(go, partsOf(undefined, known));
}

/** Options of {@link resampled}. */
export interface Resampling {
  /** How often each step is taken: 1 is the rule alone. */
  times: number;
}

/**
 * Takes each step several times: forth to the next level, back to where it was by new noise, and forth again (Lugmayr
 * et al. 2022, arXiv 2201.09865, Algorithm 1, with jumps of one step). What was put in by {@link replacing} comes to be
 * seen by the rest. Every time is another guess.
 *
 * ```ts
 * const operator = linearOperator(desaturate(), { shape: [32, 32, 3], level: 1 });
 * const known = operator.degrade(x0);
 * const rule = resampled(replacing({ operator, known }), { times: 4 });
 * ```
 * @throws {TypeError} when rule is none, or looks back
 * @throws {RangeError} when times is not a whole number of at least 1
 */
export function resampled(rule: Rule<NoiseDraw>, { times }: Resampling): Rule<NoiseDraw> {
  checkRule('resampled', rule);
  if (rule.looksBack || rule.raise)
    throw new TypeError('resampled: rule must be one that neither looks back nor churns, got one that does');
  checkWhole('resampled', 'times', times);
  const go = (step: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('resampled', step);
    const keys = splitKey(step.key, 2 * times);
    let { z, estimate } = step;
    for (let n = 0; ; n++) {
      const next = rule({ ...step, z, estimate, key: keys[2 * n] });
      if (n === times - 1) return next;
      const { noise } = gaussian.draw(keys[2 * n + 1], z.shape);
      z = moreNoise(gaussian, { z: next, t: step.s, raised: step.t, noise });
      estimate = step.denoise(z, step.t);
    }
  };
  return Object.assign(go, { needsGaussian: true, ...(rule.constants && { constants: rule.constants }) });
}

/** Which coefficients of y can stand for those of z, what they say of the image, and how much noise they lack. */
function stand(
  { y, s, deviation }: Coefficients,
  { alpha, sigma }: { alpha: tf.Tensor4D; sigma: tf.Tensor4D },
  trust = 1,
): { canStand: tf.Tensor; mean: tf.Tensor; left: tf.Tensor } {
  const own = tf.mul(alpha, tf.divNoNan(deviation, s));
  const isEnough = tf.greaterEqual(tf.add(sigma, tf.zerosLike(y)), own);
  const canStand = tf.logicalAnd(isEnough, tf.greater(tf.add(s, tf.zerosLike(y)), 0));
  const left = tf.sqrt(tf.relu(tf.sub(tf.square(sigma), tf.square(tf.mul(own, trust)))));
  return { canStand, mean: tf.divNoNan(y, s), left };
}

function partsOf(rule: Rule<NoiseDraw> | undefined, { operator, known }: Known): Partial<Rule<NoiseDraw>> {
  return {
    needsGaussian: true,
    ...(rule?.looksBack && { looksBack: true }),
    constants: [...(rule?.constants ?? []), ...operator.constants, known],
  };
}

function checkRule(caller: string, rule: Rule<NoiseDraw>): void {
  if (typeof rule !== 'function') throw new TypeError(`${caller}: rule must be one, got ${shown(rule)}`);
  checkIsMade(caller, 'rule', rule);
}
