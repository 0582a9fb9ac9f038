import { freeTapeOnError } from '../backend/tape.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, checkTensor, shown } from '../check.js';
import { checkConstants } from '../networks/network.js';
import type { Images, NoiseDraw, Rule, Step } from '../types.js';
import { gaussianOf } from './draw-rules.js';
import { ancestral, checkIsMade } from './rules.js';

/** Options of {@link dps}. */
export interface PosteriorOptions {
  /** What images become: any function with a slope, linear or not, `operator.degrade` say. */
  degrade(x: Images): tf.Tensor;
  /** What came of it, in the shape that `degrade` gives. It stays the caller's. */
  known: tf.Tensor;
  /** ζ′: how far each step goes down the slope, in the range in which noise is added; 1 when left out. */
  size?: number;
  /** How the walk goes on by itself: `ancestral()` when left out. */
  rule?: Rule<NoiseDraw>;
  /** The tensors that `degrade` uses, `operator.constants` say; they must stay as long as the rule is used. */
  constants?: readonly tf.Tensor[];
}

/**
 * Diffusion posterior sampling, guidance by reconstruction (Chung et al. 2023, arXiv 2209.14687, Algorithm 1, with the
 * step sizes of the authors' program, half of those printed): goes on as `rule` does, and then brings what the guess
 * would become nearer to what is known,
 *
 *   z_s − ζ′·∇_{z_t} ‖y − A(x̂(z_t))‖,
 *
 * with the norm of each image by itself. A need not be linear. It asks the denoiser once more, by its slope, for about
 * three times the cost of a step. The paper takes 1,000 steps; in fewer, ζ′ must be larger.
 *
 * It is no draw from what the images may be, given y: how far a step goes depends on ζ′, and neither on how much is
 * wanting nor on what a pull would bring. What is known is kept only roughly.
 *
 * ```ts
 * const dark = (x: Images) => tf.square(x);
 * const rule = dps({ degrade: dark, known: dark(x0), size: 2 });
 * const turns = sample({ denoise, degradation: gaussian(), rule, levels: evenLevels(200), count: 16 });
 * ```
 * @throws {TypeError} when degrade is no function, known no tensor, rule none, or constants are none
 * @throws {RangeError} when size is below 0; (the rule) when what degrade gives has another shape than known
 */
export function dps(options: PosteriorOptions): Rule<NoiseDraw> {
  checkKnown('dps', options, ['degrade', 'known', 'size', 'rule', 'constants']);
  const { degrade, known, size = 1, rule = ancestral(), constants = [] } = options;
  if (typeof degrade !== 'function') throw new TypeError(`dps: degrade must be a function, got ${shown(degrade)}`);
  if (!(known instanceof tf.Tensor)) throw new TypeError(`dps: known must be a tensor, got ${shown(known)}`);
  checkNumber('dps', 'size', size, (n) => n >= 0 && n < Infinity, 'be a number of at least 0');
  if (typeof rule !== 'function') throw new TypeError(`dps: rule must be one, got ${shown(rule)}`);
  checkIsMade('dps', 'rule', rule);
  checkConstants('dps', constants);
  const go = (step: Step<NoiseDraw>): Images => {
    const gaussian = gaussianOf('dps', step);
    const next = rule(step);
    const distance = (signed: tf.Tensor) => {
      const became = degrade(step.denoise(gaussian.fromSigned(signed), step.t).x0);
      checkTensor('dps', 'what degrade gives', became, known.shape);
      const off = tf.sub(gaussian.toSigned(known), gaussian.toSigned(became));
      const squares = tf.sum(tf.square(off).reshape([known.shape[0], -1]), 1);
      return tf.sum(tf.sqrt(tf.maximum(squares, 1e-12))); // where nothing is off there is no slope
    };
    const slope = freeTapeOnError(() => tf.grad(distance)(gaussian.toSigned(step.z)));
    return gaussian.fromSigned(tf.sub(gaussian.toSigned(next), tf.mul(size, slope)));
  };
  return Object.assign(go, {
    needsGaussian: true,
    ...(rule.looksBack && { looksBack: true }),
    constants: [...(rule.constants ?? []), ...constants, known],
  });
}
