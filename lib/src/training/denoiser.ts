import { absoluteLoss, squaredLoss } from '../backend/ops.js';
import { key as keyOf, splitKey } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkTensor, hasShape, shown } from '../check.js';
import type { Batch } from '../data/batches.js';
import { checkBelongs, checkDegradation } from '../degradations/belonging.js';
import { checkEach } from '../level.js';
import { checkNetwork, checkTarget } from '../networks/denoiser.js';
import { checkGiven, checkNames } from '../networks/given.js';
import type { Network } from '../networks/network.js';
import { clean } from '../networks/targets.js';
import type { Degradation, Draw, Given, Key, Target } from '../types.js';
import { type LevelSource, uniformLevels } from './levels.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainDenoiser}. */
export interface DenoiserTraining<D extends Draw = Draw> extends TrainingOptions {
  network: Network;
  /** How the images are degraded, in tensor operations only: it becomes part of the compiled step. */
  degradation: Degradation<D>;
  /** What the network is asked for: the clean images when left out. */
  target?: Target<D>;
  /**
   * Which levels are trained on: `uniformLevels` when left out. Before the first step it is called once more, to see
   * that it gives levels, for inside the compiled step nobody looks at them.
   */
  levels?: LevelSource;
  /** What the network is told besides, for each batch, by the names of its conditions. Made anew for each step. */
  given?: (batch: Batch) => Given;
  /**
   * The draw that belongs to the images of each batch, such as the noise that each of them came from (Liu et al. 2022,
   * arXiv 2209.03003, algorithm 1); made anew for each step. Drawn at random when left out.
   */
  draws?: (batch: Batch) => D;
  /**
   * `squared` leads to the mean of what the answer could be, `absolute` to its median. `squared` by default.
   */
  loss?: 'squared' | 'absolute';
}

/**
 * Training of a denoiser: degrade each image of a batch to a level of its own, and compare what the network makes of it
 * with its target. With the clean images as the target it is the training of cold diffusion (Bansal et al. 2022, arXiv
 * 2208.09392, eq. 2, where the loss is absolute), with the noise that of DDPM (Ho et al. 2020, arXiv 2006.11239, eq.
 * 14).
 *
 * ```ts
 * for await (const { step, loss } of trainDenoiser({ network, data, degradation: binomial(), steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range, or when the target was made for another
 * degradation; before a step, when what is given for its batch is not what the network takes
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainDenoiser<D extends Draw>(
  options: DenoiserTraining<D>,
): AsyncGenerator<TrainingProgress, void, void> {
  const {
    network,
    data,
    degradation,
    target = clean as Target<D>,
    levels = uniformLevels,
    given,
    draws,
    loss,
  } = options;
  const { seed = 1, resumeAt = 0 } = options;
  checkNetwork('trainDenoiser', network);
  checkDegradation('trainDenoiser', degradation);
  checkTarget('trainDenoiser', target);
  checkBelongs('trainDenoiser', 'target', target.degradation, degradation);
  for (const [name, fn] of Object.entries({ levels, given, draws }))
    if (fn !== undefined && typeof fn !== 'function')
      throw new TypeError(`trainDenoiser: ${name} must be a function, got ${shown(fn)}`);
  if (!given) checkNames('trainDenoiser', undefined, network.conditions);
  checkChoice('trainDenoiser', 'loss', loss ?? 'squared', ['squared', 'absolute']);
  if (data?.shape?.join() !== network.shape.join())
    throw new RangeError(
      `trainDenoiser: data must be images of [${network.shape}], as network takes them, got [${data?.shape}]`,
    );
  let isFirst = true;
  /** The shapes of what is drawn, by the length of the batch: the last one of an epoch may be shorter. */
  const drawable: Record<number, DrawnShapes> = {};
  const inputs = (batch: Batch): { told: Given; drawn?: D } => {
    const { shape } = batch.images;
    if (isFirst) checkDrawn(levels, keyOf(seed, resumeAt), shape[0]);
    isFirst = false;
    const told = given?.(batch) ?? {};
    checkGiven('trainDenoiser', told, network.conditions, shape[0]);
    if (!draws) return { told };
    const drawn = draws(batch);
    checkDraw(drawn, (drawable[shape[0]] ??= drawnShapes(degradation, shape)));
    return { told, drawn };
  };
  return descend('trainDenoiser', {
    ...options,
    inputs,
    objective: (key, x0, { told: more, drawn }) => {
      const [levelKey, drawKey] = splitKey(key, 2);
      const t = levels(levelKey, x0.shape[0]);
      const draw = drawn ?? degradation.draw(drawKey, x0.shape);
      const z = degradation.at(draw, x0, t);
      const [seen, told] = target.ask ? target.ask(z, t) : [z, t];
      const answer = network(seen, told, more);
      const wanted = target.of({ x0, z, t, draw });
      checkShape('target must ask for what network answers', wanted, answer.shape);
      const weight = target.weight?.(t);
      if (weight) checkShape('target must weigh each image', weight, t.shape);
      return loss === 'absolute'
        ? absoluteLoss(...weighted(answer, wanted, weight))
        : squaredLoss(...weighted(answer, wanted, weight && tf.sqrt(weight)));
    },
  });
}

/** The levels of the first step, as the step itself will draw them. */
function checkDrawn(levels: LevelSource, key: Key, batch: number): void {
  tf.tidy(() => {
    const drawn = levels(splitKey(key, 2)[0], batch);
    checkShape('levels must give one for each image', drawn, [batch]);
    checkEach('trainDenoiser', 'what levels gives', drawn);
  });
}

type DrawnShapes = readonly (readonly [name: string, shape: number[]])[];

/** The shapes of what a degradation draws for such images. */
function drawnShapes<D extends Draw>(degradation: Degradation<D>, shape: number[]): DrawnShapes {
  let shapes: DrawnShapes = [];
  tf.tidy(() => {
    shapes = Object.entries(degradation.draw(keyOf(0), shape)).map(([name, own]) => [name, own.shape] as const);
  });
  return shapes;
}

/** What draws gives must be what the degradation draws for such images. */
function checkDraw(drawn: Draw, wanted: DrawnShapes): void {
  for (const [name, shape] of wanted) checkTensor('trainDenoiser', `draws.${name}`, drawn?.[name], shape);
}

function checkShape(said: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (hasShape(tensor, shape)) return;
  throw new RangeError(`trainDenoiser: ${said}, [${shape}], got ${shown(tensor)}`);
}

/** Answer and target, both multiplied by a number for each image. */
function weighted(answer: tf.Tensor4D, wanted: tf.Tensor4D, weight?: tf.Tensor1D): [tf.Tensor4D, tf.Tensor4D] {
  if (!weight) return [answer, wanted];
  const column = tf.reshape<tf.Rank.R4>(weight, [-1, 1, 1, 1]);
  return [tf.mul(answer, column), tf.mul(wanted, column)];
}
