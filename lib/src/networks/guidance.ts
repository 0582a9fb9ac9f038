import { pure, pureIf } from '../backend/pure.js';
import { freeTapeOnError } from '../backend/tape.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkTensor, hasShape, shown } from '../check.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { levels } from '../level.js';
import type { Denoiser, Gaussian, Given, Images, Level } from '../types.js';
import { checkDenoiser, tidyEstimate } from './denoiser.js';
import { checkGiven } from './given.js';
import { checkConstants } from './network.js';

/** How far guidance goes: everywhere alike, or by the level of each image, `[batch]` → `[batch]`. */
export type Weight = number | ((t: tf.Tensor1D) => tf.Tensor1D);

/** Options of {@link guide}. */
export interface Guidance {
  /** Guesses what is wanted: with what is given. */
  wanted: Denoiser;
  /** Guesses without it, or worse: the same denoiser, or another one. */
  plain: Denoiser;
  /**
   * How far to go: 0 is `plain`, 1 is `wanted`, more goes on beyond it. A function says it for each image from its
   * level, such as {@link weightWithin}; in tensor operations only, for it is compiled.
   */
  weight: Weight;
  /**
   * What `plain` is given in the place of what `wanted` is given: one value for all images, or one for each. It stays
   * the caller's, as long as the denoiser is used.
   */
  without?: Given;
}

/**
 * Guidance without a classifier: plain + weight·(wanted − plain), in the clean images, which is the same in the noise
 * (Ho and Salimans 2022, arXiv 2207.12598, eq. 6, whose w is weight − 1). With a worse denoiser as `plain` it is
 * autoguidance (Karras et al. 2024, arXiv 2406.02507).
 *
 * ```ts
 * const without = { digit: tf.tensor1d([-1]) };     // one value for all images
 * const denoise = guide({ wanted: both, plain: both, weight: 2, without });
 * ```
 * It asks both at every step, and no more.
 * @throws {RangeError} when weight is not a finite number, when both take images of different shapes, or when plain
 * cannot be given what it is to be given
 * @throws {TypeError} when wanted or plain are no denoisers
 */
export function guide({ wanted, plain, weight, without }: Guidance): Denoiser {
  checkDenoiser('guide', 'wanted', wanted);
  checkDenoiser('guide', 'plain', plain);
  checkWeight('guide', weight);
  if (wanted.shape && plain.shape && wanted.shape.join() !== plain.shape.join())
    throw new RangeError(
      `guide: plain must take images of [${wanted.shape}], as wanted does, got one that takes [${plain.shape}]`,
    );
  if (without) checkRows('guide: without', without, plain);
  const denoise = (z: Images, t: Level, given?: Given) =>
    tidyEstimate(() => {
      const away = plain(z, t, without ? forAll(without, z.shape[0]) : given);
      const towards = wanted(z, t, given);
      const w = weightAt('guide', weight, t, z.shape[0]);
      const x0 = tf.add(away.x0, tf.mul(tf.sub(towards.x0, away.x0), w)) as Images;
      return { ...towards, x0 };
    });
  const { shape = plain.shape, conditions, degradation = plain.degradation } = wanted;
  const guided: Denoiser = Object.assign(denoise, {
    weights: [...new Set([...wanted.weights, ...plain.weights])],
    constants: [...(wanted.constants ?? []), ...(plain.constants ?? []), ...Object.values(without ?? {})],
    ...(shape && { shape }),
    ...(conditions && { conditions }),
    ...(degradation && { degradation }),
  });
  return pureIf(guided, wanted, plain, weight);
}

/**
 * A weight that holds between two levels, and is 1, the wanted denoiser alone, below and above them: at high levels
 * guidance costs variety, at low ones it does nothing (Kynkäänniemi et al. 2024, arXiv 2404.07724).
 *
 * ```ts
 * const weight = weightWithin({ weight: 3, low: 0.2, high: 0.8 });
 * const denoise = guide({ wanted: both, plain: both, weight, without: { digit: tf.tensor1d([-1]) } });
 * ```
 * @param options.outside the weight below and above them: 1 when left out; with 0 the wish is not heard there
 * @throws {RangeError} when a weight is not finite, or not 0 ≤ low < high ≤ 1
 */
export function weightWithin({
  weight,
  low,
  high,
  outside = 1,
}: {
  weight: number;
  low: number;
  high: number;
  outside?: number;
}): Weight {
  checkNumber('weightWithin', 'weight', weight, Number.isFinite, 'be a finite number');
  checkNumber('weightWithin', 'outside', outside, Number.isFinite, 'be a finite number');
  checkNumber('weightWithin', 'low', low, (n) => n >= 0 && n <= 1, 'lie in [0, 1]');
  checkNumber('weightWithin', 'high', high, (n) => n > low && n <= 1, `lie above low, ${low}, and at most at 1`);
  return pure((t: tf.Tensor1D): tf.Tensor1D => {
    const inside = tf.cast(tf.logicalAnd(tf.greaterEqual(t, low), tf.lessEqual(t, high)), 'float32');
    return tf.add(tf.mul(inside, weight - outside), outside) as tf.Tensor1D;
  });
}

/** One of several things that are asked for at once: what a denoiser is given, and how far to go. */
export interface Wish {
  /** One value for all images, or one for each. It stays the caller's, as long as the denoiser is used. */
  given: Given;
  /** How far to go: as in {@link guide}, but 0 is not to hear this wish. */
  weight: Weight;
}

/** Options of {@link guideAll}. */
export interface GuidanceToAll {
  /** Guesses the clean images of what it is given. */
  denoise: Denoiser;
  /** What is asked for, each by itself. */
  wishes: readonly Wish[];
  /** What the denoiser is given where nothing is asked for: one value for all images, or one for each. */
  without: Given;
}

/**
 * Guidance by several wishes, each of which is asked for alone: D(nothing) + Σ weightᵢ·(D(wishᵢ) − D(nothing)), the
 * conjunction of Liu et al. 2022 (arXiv 2206.01714, eq. 11). Where what is asked for is independent, weights of 1 are
 * the denoiser of all of it together, whether or not it has ever been seen together; a weight of 1 for one wish is the
 * denoiser that is given it.
 *
 * ```ts
 * const [long, moustache] = [3, 1].map((number) => tf.tensor1d([number]));    // one value for all images
 * const nothing = tf.tensor1d([-1]);
 * const wishes = [
 *   { given: { hair: long, facialHair: nothing }, weight: 2 },
 *   { given: { hair: nothing, facialHair: moustache }, weight: weightWithin({ weight: 4, low: 0, high: 0.8 }) },
 * ];
 * const guided = guideAll({ denoise, wishes, without: { hair: nothing, facialHair: nothing } });
 * ```
 * It asks once for each wish and once without, at every step. What it is itself given is not heard.
 * @throws {TypeError} when denoise is no denoiser, or wishes are no list of at least one
 * @throws {RangeError} when a weight is not a finite number, or when the denoiser cannot be given a wish
 */
export function guideAll({ denoise, wishes, without }: GuidanceToAll): Denoiser {
  checkDenoiser('guideAll', 'denoise', denoise);
  if (!Array.isArray(wishes as unknown) || wishes.length === 0)
    throw new TypeError(`guideAll: wishes must be a list of at least one { given, weight }, got ${shown(wishes)}`);
  for (const [i, { given, weight }] of wishes.entries()) {
    checkWeight('guideAll', weight, `wishes[${i}].weight`);
    checkRows(`guideAll: wishes[${i}].given`, given, denoise);
  }
  checkRows('guideAll: without', without, denoise);
  const guess = (z: Images, t: Level) =>
    tidyEstimate(() => {
      const batch = z.shape[0];
      const plain = denoise(z, t, forAll(without, batch));
      const x0 = wishes.reduce<tf.Tensor>((sum, { given, weight }) => {
        const wanted = denoise(z, t, forAll(given, batch));
        return tf.add(sum, tf.mul(tf.sub(wanted.x0, plain.x0), weightAt('guideAll', weight, t, batch)));
      }, plain.x0) as Images;
      return { ...plain, x0 };
    });
  const told: tf.Tensor[] = [without, ...wishes.map(({ given }) => given)].flatMap((given) => Object.values(given));
  const guided: Denoiser = Object.assign(guess, {
    weights: denoise.weights,
    constants: [...(denoise.constants ?? []), ...told],
    ...(denoise.shape && { shape: denoise.shape }),
    ...(denoise.degradation && { degradation: denoise.degradation }),
  });
  return pureIf(guided, denoise, ...wishes.map(({ weight }) => weight));
}

/** The logarithm of a probability for each of noisy images: `[batch]`, in tensor operations that have a gradient. */
export type Towards = (z: Images, t: tf.Tensor1D, given?: Given) => tf.Tensor1D;

/** Options of {@link guideBy}. */
export interface GuidanceBy {
  /** Guesses the clean images, whatever they are of. */
  denoise: Denoiser;
  /** The noise that it undoes. */
  degradation: Gaussian;
  /** The logarithm of the probability of what is asked for, such as a class: what a classifier of noisy images says. */
  towards: Towards;
  /** How far to go: 0 leaves the guess, 1 is Bayes' rule, more goes on beyond it. */
  weight: Weight;
  /** What `towards` uses and `denoise` does not: the weights of a classifier. They stay the caller's. */
  constants?: readonly tf.Tensor[];
  /** What `towards` is given; it is not passed on to a denoiser that knows no such condition. */
  conditions?: Denoiser['conditions'];
}

/**
 * Guidance by the gradient of a classifier of noisy images (Dhariwal and Nichol 2021, arXiv 2105.05233, section 4.1).
 * By Bayes' rule, ∇ log p(z|c) = ∇ log p(z) + ∇ log p(c|z), which in the guess of the clean images is
 *
 *   D + weight·(σ²/α)·∇ log p(c|z),
 *
 * with z and D in the range in which noise is added. Where nothing is left of the images (α = 0), there is nothing to
 * classify, and the guess stays as it is.
 *
 * ```ts
 * const towards = (z: Images) => tf.log(tf.mean(z, [1, 2, 3])) as tf.Tensor1D;
 * const brighter = guideBy({ denoise, degradation: gaussian(), towards, weight: 2 });
 * ```
 * @throws {TypeError} when denoise is no denoiser, degradation no Gaussian noise, or towards no function
 * @throws {RangeError} when weight is not a finite number; (the denoiser) when towards does not give a number for each
 * image
 */
export function guideBy({ denoise, degradation, towards, weight, constants, conditions }: GuidanceBy): Denoiser {
  checkDenoiser('guideBy', 'denoise', denoise);
  checkGaussian('guideBy', degradation);
  checkBelongs('guideBy', 'denoise', denoise.degradation, degradation);
  checkWeight('guideBy', weight);
  if (typeof towards !== 'function')
    throw new TypeError(`guideBy: towards must be a function of noisy images, got ${shown(towards)}`);
  checkConstants('guideBy', constants);
  const own = (given: Given | undefined) =>
    denoise.conditions && given
      ? Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(denoise.conditions!, name)))
      : given;
  const guess = (z: Images, level: Level, given?: Given) =>
    tidyEstimate(() => {
      const batch = z.shape[0];
      const t = levels(level, batch, 'guideBy');
      const estimate = denoise(z, t, own(given));
      const logs = (signed: tf.Tensor) => {
        const each = towards(degradation.fromSigned(signed), t, given);
        if (hasShape(each, [batch])) return tf.sum(each);
        throw new RangeError(`guideBy: what towards gives must have shape [${batch}], got ${shown(each)}`);
      };
      const slope = freeTapeOnError(() => tf.grad(logs)(degradation.toSigned(z)));
      const { alpha, sigma } = degradation.coefficients(t);
      const isLeft = tf.greater(alpha, 1e-6);
      const reach = tf.where(isLeft, tf.div(tf.square(sigma), tf.maximum(alpha, 1e-6)), tf.zerosLike(alpha));
      const step = tf.mul(tf.mul(reach, weightAt('guideBy', weight, t, batch)), slope);
      const x0 = degradation.fromSigned(tf.add(degradation.toSigned(estimate.x0), step));
      return { ...estimate, x0 };
    });
  const asked = { ...denoise.conditions, ...conditions };
  const guided: Denoiser = Object.assign(guess, {
    weights: denoise.weights,
    constants: [...(denoise.constants ?? []), ...(constants ?? [])],
    ...(denoise.shape && { shape: denoise.shape }),
    ...((denoise.conditions ?? conditions) && { conditions: asked }),
    degradation,
  });
  return pureIf(guided, denoise, degradation, towards, weight);
}

function checkWeight(caller: string, weight: Weight, name = 'weight'): void {
  if (typeof weight === 'function') return;
  checkNumber(caller, name, weight, Number.isFinite, 'be a finite number, or a function of levels');
}

/** The weight of each image, to multiply images by. */
function weightAt(caller: string, weight: Weight, level: Level, batch: number): number | tf.Tensor4D {
  if (typeof weight === 'number') return weight;
  const each = weight(levels(level, batch, caller));
  checkTensor(caller, 'what weight gives', each, [batch]);
  return tf.reshape<tf.Rank.R4>(each, [batch, 1, 1, 1]);
}

/** What is given ahead must be tensors, of one row or of one for each image, and fit the denoiser. */
function checkRows(what: string, given: Given, denoise: Denoiser): void {
  const [caller, name] = what.split(': ');
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${what} must be an object of tensors, got ${shown(given)}`);
  for (const [key, tensor] of Object.entries(given)) {
    if (!(tensor instanceof tf.Tensor) || tensor.rank === 0)
      throw new TypeError(`${what}.${key} must be a tensor with a row for each image, got ${shown(tensor)}`);
    checkTensor(caller, `${name}.${key}`, tensor, tensor.shape);
  }
  const rows = Object.values(given)[0]?.shape[0] ?? 1;
  if (denoise.conditions) checkGiven(what, given, denoise.conditions, rows);
}

/** What is given for one image, for all of them. */
function forAll(given: Given, batch: number): Given {
  const repeated: Given = {};
  for (const [name, tensor] of Object.entries(given)) {
    const times = tensor.shape.map((_, axis) => (axis === 0 ? batch : 1));
    repeated[name] = tensor.shape[0] === 1 ? tf.tile(tensor, times) : tensor;
  }
  return repeated;
}
