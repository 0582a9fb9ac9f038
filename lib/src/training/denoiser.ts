import { absoluteLoss, squaredLoss } from '../backend/ops.js';
import { splitKey } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkChoice } from '../check.js';
import type { Batch } from '../data/batches.js';
import type { Network } from '../networks/network.js';
import { clean } from '../networks/targets.js';
import type { Degradation, Draw, Given, Target } from '../types.js';
import { type LevelSource, uniformLevels } from './levels.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainDenoiser}. */
export interface DenoiserTraining<D extends Draw = Draw> extends TrainingOptions {
  network: Network;
  /** How the images are degraded, in tensor operations only: it becomes part of the compiled step. */
  degradation: Degradation<D>;
  /** What the network is asked for: the clean images when left out. */
  target?: Target<D>;
  /** Which levels are trained on: `uniformLevels` when left out. */
  levels?: LevelSource;
  /** What the network is told besides, for each batch, by the names of its conditions. Made anew for each step. */
  given?: (batch: Batch) => Given;
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
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainDenoiser<D extends Draw>(
  options: DenoiserTraining<D>,
): AsyncGenerator<TrainingProgress, void, void> {
  const { network, data, degradation, target = clean as Target<D>, levels = uniformLevels, given, loss } = options;
  checkChoice('trainDenoiser', 'loss', loss ?? 'squared', ['squared', 'absolute']);
  if (data?.shape.join() !== network.shape.join())
    throw new RangeError(
      `trainDenoiser: data must be images of [${network.shape}], as network takes them, got [${data?.shape}]`,
    );
  return descend('trainDenoiser', {
    ...options,
    inputs: given,
    objective: (key, x0, more) => {
      const [levelKey, drawKey] = splitKey(key, 2);
      const t = levels(levelKey, x0.shape[0]);
      const draw = degradation.draw(drawKey, x0.shape);
      const z = degradation.at(draw, x0, t);
      const [seen, told] = target.ask ? target.ask(z, t) : [z, t];
      const answer = network(seen, told, more);
      const wanted = target.of({ x0, z, t, draw });
      return loss === 'absolute'
        ? absoluteLoss(...weighted(answer, wanted, target.weight?.(t)))
        : squaredLoss(...weighted(answer, wanted, target.weight && tf.sqrt(target.weight(t))));
    },
  });
}

/** Answer and target, both multiplied by a number for each image. */
function weighted(answer: tf.Tensor4D, wanted: tf.Tensor4D, weight?: tf.Tensor1D): [tf.Tensor4D, tf.Tensor4D] {
  if (!weight) return [answer, wanted];
  const column = tf.reshape<tf.Rank.R4>(weight, [-1, 1, 1, 1]);
  return [tf.mul(answer, column), tf.mul(wanted, column)];
}
