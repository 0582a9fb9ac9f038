import { compile, type Tensors } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { batches, type Batch } from '../data/batches.js';
import type { ImageSet } from '../data/image-set.js';
import type { Model } from '../networks/network.js';
import type { Images, Key } from '../types.js';
import { Adam } from './adam.js';

/** Options that all trainers share. */
export interface TrainingOptions {
  data: ImageSet;
  /** Training steps to take in all, each over one batch. */
  steps: number;
  /** Images in a step: 32 by default. */
  batchSize?: number;
  /** Seed of the order of the images, and of all that is drawn: step i uses `key(seed, i)`. */
  seed?: number;
  /** Adam's step size, or a schedule of it; not with `optimizer`. */
  rate?: number | ((step: number) => number);
  /** An optimiser of the caller's own over the network's weights, for example one that is being resumed. */
  optimizer?: Adam;
  /** The step to go on from. Training that was cut in two takes the same steps as training in one go. */
  from?: number;
}

/** What trainers yield after each step. */
export interface TrainingProgress {
  /** Steps taken so far. */
  step: number;
  /** This step's loss. */
  loss: number;
  /** How often the data has been gone through before. */
  epoch: number;
}

/** Options of {@link train}. */
export interface Training<Inputs extends Tensors = Tensors> extends TrainingOptions {
  /** What learns: a network, or anything else with weights. */
  network: Pick<Model, 'weights'>;
  /**
   * What is made small: from a key for all that is drawn and a batch of images to one number. It is recorded once and
   * replayed, so whatever changes from step to step comes in through its arguments ({@link compile}).
   */
  objective: (key: Key, images: Images, inputs: Inputs) => tf.Scalar;
  /** Further tensors of a batch that the objective takes, such as labels. Made anew for each step. */
  inputs?: (batch: Batch) => Inputs;
}

/**
 * Gradient descent by Adam on an objective of the caller's own, one compiled step a turn. The trainers of the series
 * are this with an objective each.
 *
 * ```ts
 * const objective = (key: Key, x0: Images) => squaredLoss(network(tf.add(x0, normal(key, x0.shape)), 1), x0);
 * for await (const { step, loss } of train({ network, data, objective, steps: 1000 })) …
 * ```
 * @throws {RangeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function train<Inputs extends Tensors>(options: Training<Inputs>): AsyncGenerator<TrainingProgress, void, void> {
  return descend('train', options);
}

/** {@link train} in the name of another trainer, which its errors and warnings name. */
export function descend<Inputs extends Tensors>(
  caller: string,
  options: Training<Inputs>,
): AsyncGenerator<TrainingProgress, void, void> {
  checkTraining(caller, options);
  return run(caller, options);
}

async function* run<Inputs extends Tensors>(
  name: string,
  {
    network,
    data,
    objective,
    inputs,
    steps,
    batchSize = 32,
    seed = 1,
    rate = 1e-3,
    optimizer,
    from = 0,
  }: Training<Inputs>,
) {
  const stop = listenForStop();
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const learn = compile(
    (stepKey: Key, images: Images, stepSize: tf.Scalar, more: Inputs) =>
      adam.minimize(() => objective(stepKey, images, more), stepSize),
    { state: [...network.weights, ...adam.state], name },
  );
  const images = batches(data, { size: batchSize, seed, start: from });
  try {
    for (let step = from; step < steps; step++) {
      const batch = images.next().value!;
      const loss = tf.tidy(() =>
        learn(key(seed, step), batch.images, tf.scalar(adam.nextRate()), inputs?.(batch) as Inputs),
      );
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

/** Checks what all trainers share. */
export function checkTraining(
  caller: string,
  { steps, batchSize = 32, from = 0, rate, optimizer }: TrainingOptions,
): void {
  checkWhole(caller, { steps: [steps, 0], batchSize: [batchSize, 1], from: [from, 0] });
  if (rate !== undefined && optimizer)
    throw new TypeError(
      `${caller}: rate must be left out when an optimizer is given, which has its own, got ${String(rate)}`,
    );
}

/** Each value must be a whole number of at least the one beside it. */
export function checkWhole(caller: string, values: Record<string, [value: number, least: number]>): void {
  for (const [name, [value, least]] of Object.entries(values)) {
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`${caller}: ${name} must be a whole number of at least ${least}, got ${value}`);
  }
}
