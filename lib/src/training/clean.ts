import { compile } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { absoluteLoss, squaredLoss } from '../backend/ops.js';
import { key, splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { batches } from '../data/batches.js';
import type { ImageSet } from '../data/image-set.js';
import type { Network } from '../networks/network.js';
import type { Degradation, Images, Key } from '../types.js';
import { Adam } from './adam.js';

/** Options of {@link trainClean}. */
export interface CleanTraining {
  /** A network that predicts the clean images. */
  network: Network;
  data: ImageSet;
  /** How the images are degraded, in tensor operations only: it becomes part of the compiled step. */
  degradation: Degradation;
  /** Training steps to take in all, each over one batch. */
  steps: number;
  batchSize?: number;
  /** Seed of the order of the images, of the levels and of the draws. */
  seed?: number;
  /** `squared` leads to the mean of what the clean image could be, `absolute` to its median. `squared` by default. */
  loss?: 'squared' | 'absolute';
  /** Adam's step size, or a schedule of it; not with `optimizer`. */
  rate?: number | ((step: number) => number);
  /** An optimiser of the caller's own over the network's weights, for example one that is being resumed. */
  optimizer?: Adam;
  /** The step to go on from. Training that was cut in two takes the same steps as training in one go. */
  from?: number;
}

/** What {@link trainClean} yields after each step. */
export interface CleanProgress {
  /** Steps taken so far. */
  step: number;
  /** This step's loss. */
  loss: number;
  epoch: number;
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
export function trainClean(options: CleanTraining): AsyncGenerator<CleanProgress, void, void> {
  const { network, steps, batchSize = 32, loss = 'squared', from = 0 } = options;
  if (network.predicts !== 'clean') throw new TypeError(`trainClean: network must predict 'clean', got '${network.predicts}'`);
  for (const [name, value, least] of [['steps', steps, 0], ['batchSize', batchSize, 1], ['from', from, 0]] as const) {
    if (!Number.isInteger(value) || value < least) throw new RangeError(`trainClean: ${name} must be a whole number of at least ${least}, got ${value}`);
  }
  if (loss !== 'squared' && loss !== 'absolute') throw new RangeError(`trainClean: loss must be squared or absolute, got '${String(loss)}'`);
  return run(options);
}

async function* run({ network, data, degradation, steps, batchSize = 32, seed = 1, loss: kind = 'squared', rate = 1e-3, optimizer, from = 0 }: CleanTraining) {
  const stop = listenForStop();
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const difference = kind === 'squared' ? squaredLoss : absoluteLoss;
  const learn = compile((stepKey: Key, x0: Images, stepSize: tf.Scalar) => {
    const [levels, draws] = splitKey(stepKey, 2);
    const t = uniform<tf.Rank.R1>(levels, [x0.shape[0]]);
    const z = degradation.at(degradation.draw(draws, x0.shape), x0, t);
    return adam.minimize(() => difference(network(z, t), x0), stepSize);
  }, { state: [...network.weights, ...adam.state], name: 'trainClean' });
  const images = batches(data, { size: batchSize, seed, start: from });
  try {
    for (let step = from; step < steps; step++) {
      const batch = images.next().value!;
      const loss = tf.tidy(() => learn(key(seed, step), batch.images, tf.scalar(adam.nextRate())));
      const progress = { step: step + 1, loss: loss.dataSync()[0], epoch: batch.epoch };
      loss.dispose();
      yield progress;
      await stop.turn();
    }
  } finally {
    stop.close();
    images.return(undefined);
    learn.dispose();
    if (!optimizer) adam.dispose();
  }
}
