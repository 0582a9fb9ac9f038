import { freeTapeOnError } from '../backend/tape.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, checkTensor, checkWhole } from '../check.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { checkKnownImages, coefficientsOf, type Known } from '../degradations/known.js';
import { levels } from '../level.js';
import type { Denoiser, Gaussian, Given, Images, Level } from '../types.js';
import { checkDenoiser, tidyEstimate } from './denoiser.js';

/** Options of {@link guideTo}. */
export interface GuidanceTo extends Known {
  /** Guesses the clean images, whatever they are. */
  denoise: Denoiser;
  /** The noise that it undoes. */
  degradation: Gaussian;
  /**
   * The standard deviation of the data, in the range in which noise is added: one number, 0.5 when left out, or one for
   * each coefficient of the operator, `[1, height, width, channels]`, which stays the caller's.
   */
  deviation?: number | tf.Tensor4D;
  /** How many times it asks the denoiser by its slope what else a change of the guess changes: 0 when left out. */
  through?: number;
}

/**
 * A denoiser that knows something of the images: the degraded images y = H·x + noise. In the coefficients of the
 * operator, with singular values s, and with σ_y the deviation of the noise in y, each coefficient of the guess moves
 * towards what is known as far as one is surer of it than of the guess,
 *
 *   x̂ + r²·s·(y − s·x̂)/(r²·s² + σ_y²),   r² = d²·σ²/(α²·d² + σ²),
 *
 * where d is the deviation of the data, so that r is that of the guess. It is E[x0 | z, y] for normal data whose
 * coefficients are independent and of this deviation. Without noise it puts what is known in the place of what was
 * guessed (Wang et al. 2023, arXiv 2212.00490, eq. 17).
 *
 * With `through`, what the known coefficients say of all others comes from the slope of the denoiser: σ²/α·∇_z x̂ is C,
 * the covariance of the images given z (Song et al. 2023, ICLR, pseudo-inverse guidance, eq. 7, with r²·I for H·C·Hᵀ),
 *
 *   x̂ + C·Hᵀ·v,   (H·C·Hᵀ + σ_y²)·v = y − H·x̂.
 *
 * The equation is solved by so many steps of conjugate gradients (Rozet et al. 2024, arXiv 2405.13712, on moments), and
 * what they leave is taken as above, so that without noise what is known is there in full. The first step measures
 * how large H·C·Hᵀ is where something is wanting. (To take r² for it fails where coefficients go together: the light of
 * a whole face, of which 1,024 greys want a little each, was moved 200 times too far.) It costs about three evaluations
 * of the denoiser, each further step three more.
 *
 * ```ts
 * const operator = linearOperator(blur(), { shape: [32, 32, 3], level: 0.6 });
 * const known = operator.degrade(x0);
 * const mending = guideTo({ denoise, degradation: gaussian(), operator, known, noise: 0.05 });
 * const levels = evenLevels(64);
 * const turns = sample({ denoise: mending, degradation: gaussian(), rule: ancestral(), levels, count: 16 });
 * ```
 * @throws {TypeError} when denoise is no denoiser, degradation no Gaussian noise, or operator none
 * @throws {RangeError} when known does not fit the operator, noise or deviation is none, or through no whole number
 */
export function guideTo(options: GuidanceTo): Denoiser {
  checkKnown('guideTo', options, ['denoise', 'degradation', 'operator', 'known', 'noise', 'deviation', 'through']);
  const { denoise, degradation, operator, known, noise = 0, deviation = 0.5, through = 0 } = options;
  checkDenoiser('guideTo', 'denoise', denoise);
  checkGaussian('guideTo', degradation);
  checkBelongs('guideTo', 'denoise', denoise.degradation, degradation);
  checkKnownImages('guideTo', { operator, known, noise });
  if (typeof deviation === 'number')
    checkNumber('guideTo', 'deviation', deviation, (n) => n > 0 && n < Infinity, 'be above 0');
  else checkTensor('guideTo', 'deviation', deviation, [1, ...operator.shape]);
  checkWhole('guideTo', 'through', through, 0);
  const guess = (z: Images, level: Level, given?: Given) =>
    tidyEstimate(() => {
      const t = levels(level, z.shape[0], 'guideTo');
      const { alpha, sigma } = degradation.coefficients(t);
      const { y, s, deviation: own, into, outOf } = coefficientsOf({ operator, known, noise }, degradation);
      const [data, noisy] = [tf.square(deviation), tf.square(sigma)];
      const spread = tf.div(tf.mul(data, noisy), tf.add(tf.mul(tf.square(alpha), data), noisy));
      /** Towards what is wanting, as far as it is surer than the guess: r²·s·wanting/(r²·s² + σ_y²). */
      const straight = (wanting: tf.Tensor) =>
        tf.divNoNan(tf.mul(tf.mul(spread, s), wanting), tf.add(tf.mul(spread, tf.square(s)), tf.square(own)));
      const wantingIn = (answers: tf.Tensor) =>
        tf.mul(tf.cast(tf.greater(s, 0), 'float32'), tf.sub(y, tf.mul(s, answers)));
      if (through === 0) {
        const estimate = denoise(z, t, given);
        const answers = into(estimate.x0);
        return { ...estimate, x0: outOf(tf.add(answers, straight(wantingIn(answers)))) };
      }
      // Where z is nothing but noise, the guess has no slope, and all that is wanting is taken straight.
      const isLeft = tf.greater(alpha, 1e-3);
      const reach = tf.where(isLeft, tf.div(noisy, tf.maximum(alpha, 1e-3)), tf.zerosLike(alpha));
      /** C times what the slope of a number is, which is computed from the coefficients of the guess; coefficients. */
      const moveBy = (of: (answers: tf.Tensor) => tf.Tensor) => {
        const number = (signed: tf.Tensor) => of(into(denoise(degradation.fromSigned(signed), t, given).x0));
        const slope = freeTapeOnError(() => tf.grad(number)(degradation.toSigned(z)));
        return operator.into(tf.mul(reach, slope));
      };
      const { answers, move } = firstMove(moveBy, wantingIn);
      const wanting = wantingIn(answers);
      const { moved, left } = solve({
        wanting,
        first: move,
        steps: through,
        through: (v) => moveBy((each) => tf.sum(tf.mul(tf.mul(s, v), each))),
        back: (each, v) => tf.add(tf.mul(s, each), tf.mul(tf.square(own), v)),
      });
      const rest = tf.where(tf.tile(isLeft, [1, ...z.shape.slice(1)]), left, wanting);
      return { x0: outOf(tf.add(tf.add(answers, moved), straight(rest))) };
    });
  const constants = [...(denoise.constants ?? []), ...operator.constants, known];
  if (typeof deviation !== 'number') constants.push(deviation);
  const { weights, shape = operator.shape, conditions } = denoise;
  const guided: Denoiser = Object.assign(guess, {
    weights,
    constants,
    shape,
    ...(conditions && { conditions }),
    degradation,
  });
  return guided;
}

type Move = (of: (answers: tf.Tensor) => tf.Tensor) => tf.Tensor;

/** The coefficients of the guess, and where it moves by what is wanting in them: for one evaluation of both. */
function firstMove(
  moveBy: Move,
  wantingIn: (answers: tf.Tensor) => tf.Tensor,
): { answers: tf.Tensor; move: tf.Tensor } {
  let answers: tf.Tensor | undefined;
  try {
    const move = moveBy((each) => {
      answers ??= tf.keep(each.clone());
      return tf.mul(-0.5, tf.sum(tf.square(wantingIn(each)))); // its slope is s times what is wanting
    });
    return { answers: answers!.clone(), move };
  } finally {
    answers?.dispose();
  }
}

/**
 * Some steps of conjugate gradients for A·v = wanting, image by image, with A·v = back(through(v), v): where through(v)
 * moves to, and what is left of what was wanting.
 */
function solve(of: {
  wanting: tf.Tensor;
  /** through(wanting), which is known already. */
  first: tf.Tensor;
  steps: number;
  through(v: tf.Tensor): tf.Tensor;
  back(move: tf.Tensor, v: tf.Tensor): tf.Tensor;
}): { moved: tf.Tensor; left: tf.Tensor } {
  const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b), [1, 2, 3], true);
  let [left, direction] = [of.wanting, of.wanting];
  let moved: tf.Tensor = tf.zerosLike(left);
  for (let step = 0; step < of.steps; step++) {
    const move = step === 0 ? of.first : of.through(direction);
    const changed = of.back(move, direction);
    const [size, bend] = [dot(left, left), dot(direction, changed)];
    // Of an exact denoiser C bends nothing back. Where a network's does, the step is not taken.
    const length = tf.where(tf.greater(bend, 0), tf.divNoNan(size, bend), tf.zerosLike(bend));
    moved = tf.add(moved, tf.mul(length, move));
    left = tf.sub(left, tf.mul(length, changed));
    direction = tf.add(left, tf.mul(tf.divNoNan(dot(left, left), size), direction));
  }
  return { moved, left };
}
