import { absoluteLoss, squaredLoss } from '../backend/ops.js';
import { splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Network } from '../networks/network.js';
import type { Degradation } from '../types.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainClean}. */
export interface CleanTraining extends TrainingOptions {
  /** A network that predicts the clean images. */
  network: Network;
  /** How the images are degraded, in tensor operations only: it becomes part of the compiled step. */
  degradation: Degradation;
  /** `squared` leads to the mean of what the clean image could be, `absolute` to its median. `squared` by default. */
  loss?: 'squared' | 'absolute';
}

/**
 * Training to predict the clean images: degrade each image of a batch to a level of its own, t evenly from [0, 1), and
 * compare what the network makes of it with the image (Bansal et al. 2022, arXiv 2208.09392, eq. 2, where the loss is
 * absolute).
 *
 * ```ts
 * for await (const { step, loss } of trainClean({ network, data, degradation: binomial(), steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainClean(options: CleanTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, degradation, loss = 'squared' } = options;
  if (network.predicts !== 'clean')
    throw new TypeError(`trainClean: network must predict 'clean', got '${network.predicts}'`);
  if (loss !== 'squared' && loss !== 'absolute')
    throw new RangeError(`trainClean: loss must be squared or absolute, got '${String(loss)}'`);
  const difference = loss === 'squared' ? squaredLoss : absoluteLoss;
  return descend('trainClean', {
    ...options,
    objective: (key, x0) => {
      const [levels, draws] = splitKey(key, 2);
      const t = uniform<tf.Rank.R1>(levels, [x0.shape[0]]);
      const z = degradation.at(degradation.draw(draws, x0.shape), x0, t);
      return difference(network(z, t), x0);
    },
  });
}
