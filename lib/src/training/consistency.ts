import { splitKey } from '../backend/random.js';
import { still } from '../backend/still.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkPositive, checkWhole, shown } from '../check.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { checkDenoiser, checkNetwork } from '../networks/denoiser.js';
import type { Network } from '../networks/network.js';
import { velocity } from '../networks/targets.js';
import { stepTowards } from '../sampling/solvers.js';
import type { Denoiser, Gaussian, Images, Key, NoiseDraw, Target } from '../types.js';
import { type LevelSource, uniformLevels } from './levels.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainConsistency}. */
export interface ConsistencyTraining extends TrainingOptions {
  network: Network;
  degradation: Gaussian;
  /** How the network's answer is read: the velocity when left out. */
  target?: Target<NoiseDraw>;
  /** Which levels are trained on: `uniformLevels` when left out. With a `pace` it draws shares of the way. */
  levels?: LevelSource;
  /**
   * The level at each share of the way from no noise to nothing but noise, `[batch]`, rising from 0 to 1, such as
   * {@link karrasPace}: how fast a path is walked. When left out a share of the way is the level itself, and gaps are
   * shares of what is left of it.
   */
  pace?: (share: tf.Tensor1D) => tf.Tensor1D;
  /**
   * How far below t the level lies whose guess is the lesson, in (0, 1]: 1 compares with the images themselves. It is a
   * share of t; with a `pace`, of the whole way, as far as there is way. A number for all steps, or what to take in
   * step n, from 1. When left out it begins with 1 and is halved seven times, after equal parts of the training.
   */
  gap?: number | ((step: number) => number);
  /**
   * Leads from t down to the lower level, by a step with two guesses: consistency distillation. Its weights stay as
   * they are. Without a teacher the images at both levels have the same noise: consistency training.
   */
  teacher?: Denoiser;
  /** In how many steps the teacher leads down, of two guesses each: 1 when left out. */
  teacherSteps?: number;
  /**
   * Where the loss turns from the squared distance of two guesses to the distance itself, for values in [−1, 1]: 0.03
   * when left out. The distance is the root of the mean square over all values of an image.
   */
  bend?: number;
}

/**
 * Consistency training: what a network guesses at level t shall be what it guesses a little further down the same path,
 * so that in the end the first guess is the last one too, and one evaluation paints (Song et al. 2023, arXiv
 * 2303.01469, algorithms 2 and 3). The gap between both narrows from t itself, which is ordinary training of a
 * denoiser, as in easy consistency tuning (Geng et al. 2024, arXiv 2406.14548, algorithm 1); the lesson is the
 * network's own guess, through which no gradient passes, and the distance is that of Song and Dhariwal 2023 (arXiv
 * 2310.14189, eq. 8), each divided by the width of its gap.
 *
 * ```ts
 * const degradation = gaussian();
 * for await (const { loss } of trainConsistency({ network, data, degradation, steps: 3000 })) …
 * const denoise = denoiser(network, { target: velocity(degradation) });
 * const faces = await last(sample({ denoise, degradation, rule: renoise(), levels: [1, 0.5, 0], count: 16 }));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range; before a step, when its gap is
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainConsistency(options: ConsistencyTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, degradation, levels = uniformLevels, pace, teacher, steps, resumeAt = 0 } = options;
  const { bend = 0.03, teacherSteps = 1 } = options;
  checkNetwork('trainConsistency', network);
  checkGaussian('trainConsistency', degradation);
  const target = options.target ?? velocity(degradation);
  checkBelongs('trainConsistency', 'target', target.degradation, degradation);
  if (teacher) {
    checkDenoiser('trainConsistency', 'teacher', teacher);
    checkBelongs('trainConsistency', 'teacher', teacher.degradation, degradation);
  }
  checkPositive('trainConsistency', { bend });
  checkWhole('trainConsistency', 'teacherSteps', teacherSteps);
  if (pace !== undefined && typeof pace !== 'function')
    throw new TypeError(`trainConsistency: pace must be a function, got ${shown(pace)}`);
  const { gap = (step: number) => 2 ** -Math.floor((8 * (step - 1)) / steps) } = options;
  if (typeof gap !== 'number' && typeof gap !== 'function')
    throw new TypeError(`trainConsistency: gap must be a number or a function, got ${shown(gap)}`);
  const gapOf = (step: number): number => {
    const share = typeof gap === 'number' ? gap : gap(step);
    checkNumber('trainConsistency', 'gap', share, (n) => n > 0 && n <= 1, 'be above 0 and at most 1');
    return share;
  };
  if (typeof gap === 'number') gapOf(1);

  const guess = (z: Images, t: tf.Tensor1D): Images => {
    const [seen, told] = target.ask ? target.ask(z, t) : [z, t];
    return target.read(network(seen, told), z, t).x0;
  };
  let step = resumeAt;
  return descend('trainConsistency', {
    ...options,
    ...(teacher && { constants: [...(options.constants ?? []), ...teacher.weights, ...(teacher.constants ?? [])] }),
    inputs: () => ({ gap: tf.scalar(gapOf(++step)) }),
    objective: (key: Key, x0: Images, inputs) => {
      const [levelKey, drawKey] = splitKey(key, 2);
      const gap = inputs.gap as tf.Scalar;
      const from = levels(levelKey, x0.shape[0]);
      const to = pace
        ? tf.relu<tf.Tensor1D>(tf.sub<tf.Tensor1D>(from, gap))
        : tf.mul<tf.Tensor1D>(from, tf.sub(1, gap));
      /** The level at a share of the way from t to s. Nothing but the images is at the end. */
      const onTheWay = (part: number): tf.Tensor1D => {
        const share = tf.add<tf.Tensor1D>(from, tf.mul<tf.Tensor1D>(tf.sub(to, from), part));
        return pace ? tf.mul<tf.Tensor1D>(pace(share), tf.cast(tf.greater(share, 0), 'float32')) : share;
      };
      const [t, s] = [onTheWay(0), onTheWay(1)];
      const draw = degradation.draw(drawKey, x0.shape);
      const z = degradation.at(draw, x0, t);
      const below = teacher
        ? led(degradation, teacher, z, halvesOf(teacherSteps).map(onTheWay))
        : degradation.at(draw, x0, s);
      const lesson = still(guess(below, s));
      const off = tf.sub(degradation.toSigned(guess(z, t)), degradation.toSigned(lesson));
      const distance = tf.sqrt(tf.add(tf.mean(tf.square(off), [1, 2, 3]), bend ** 2));
      return tf.mean(tf.div(tf.sub(distance, bend), tf.maximum(tf.sub(from, to), 1e-3)));
    },
  });
}

/** Shares of the way at which so many steps begin, have their middle, and end. */
function halvesOf(steps: number): number[] {
  return Array.from({ length: 2 * steps + 1 }, (_, i) => i / (2 * steps));
}

/** z on the path that the teacher leads down: steps of DDIM, each with the guess that is made half-way down. */
function led(degradation: Gaussian, teacher: Denoiser, z: Images, levels: tf.Tensor1D[]): Images {
  for (let i = 0; i + 2 < levels.length; i += 2) {
    const [t, middle, s] = levels.slice(i, i + 3);
    const first = teacher(z, t).x0;
    const second = teacher(stepTowards(degradation, first, { z, t, s: middle }), middle).x0;
    z = stepTowards(degradation, second, { z, t, s });
  }
  return z;
}
