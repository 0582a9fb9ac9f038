import { compile, type Tensors } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { numbersOf } from '../backend/numbers-of.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkWhole, shown } from '../check.js';
import { batches, checkSource, type Batch } from '../data/batches.js';
import { outsideOf } from '../networks/compiled.js';
import { checkConstants, type Model } from '../networks/network.js';
import type { Images, Key, Source } from '../types.js';
import type { Workers } from '../workers/workers.js';
import { Adam } from './adam.js';
import { CommonStop, learnTogether } from './together.js';

/** Options that all trainers share. */
export interface TrainingOptions {
  data: Source;
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
  /**
   * The step to go on from, with the `optimizer` of the steps before, for it remembers them: training that was cut in
   * two then takes the same steps as training in one go. 0 by default.
   */
  resumeAt?: number;
  /**
   * Tensors from outside that the step uses and does not learn: of a degradation, say, or the weights of a frozen
   * network. They stay the caller's.
   */
  constants?: readonly tf.Tensor[];
  /**
   * Other processes that train the same model at the same time, from `join()` of `naive-diffusion/workers`. All call
   * the trainer with the same options; a step is over the same batch as without them, of which each computes a share.
   */
  workers?: Workers;
}

/** What learns: a network, or anything else with weights. */
export type Learner = Pick<Model, 'weights'> & { readonly constants?: readonly tf.Tensor[] };

/** What trainers yield after each step. */
export interface TrainingProgress {
  /** Steps taken so far. */
  step: number;
  /** Steps to take in all. */
  steps: number;
  /** This step's loss. */
  loss: number;
  /** How often the data has been gone through before. */
  epoch: number;
}

/**
 * Thrown by trainers when the loss is not a finite number any more. The weights are those of the last step that was.
 */
export class Diverged extends Error {
  /**
   * What a trainer throws.
   * @param caller the trainer
   * @param step the step, from 1
   * @param loss what it was
   */
  constructor(caller: string, step: number, loss: number) {
    super(
      `${caller}: the loss of step ${step} is ${loss}: training has diverged, and stops. ` +
        'A smaller rate, or a limit for the gradient (clip), may help',
    );
    this.name = 'Diverged';
  }
}

/** Options of {@link train}. */
export interface Training<Inputs extends Tensors = Tensors> extends TrainingOptions {
  /** What learns: a network, or anything else with weights. */
  network: Learner;
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
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Diverged} when a loss is not finite
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
  if (typeof options.objective !== 'function')
    throw new TypeError(`${caller}: objective must be a function, got ${shown(options.objective)}`);
  return run(caller, options);
}

async function* run<Inputs extends Tensors>(
  caller: string,
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
    resumeAt = 0,
    constants,
    workers,
  }: Training<Inputs>,
): AsyncGenerator<TrainingProgress, void, void> {
  const images = batches(data, { size: batchSize, seed, start: resumeAt });
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const ear = listenForStop();
  const stop = new CommonStop(ear, workers);
  const learn = workers
    ? learnTogether(caller, { network, adam, objective, constants, workers, stop })
    : compile(
        (stepKey: Key, batch: Images, stepSize: tf.Scalar, more: Inputs) =>
          adam.minimize(() => objective(stepKey, batch, more), stepSize),
        { ...usedBy(network, adam, constants), name: caller },
      );
  try {
    for (let step = resumeAt; step < steps; step++) {
      const batch = images.next().value!;
      const stepSize = await adam.awaitRate();
      const result = tf.tidy(() =>
        learn(key(seed, step), batch.images, tf.scalar(stepSize), inputs?.(batch) as Inputs),
      );
      const [loss, stops] = await numbersOf(result);
      if (!Number.isFinite(loss)) throw new Diverged(caller, step + 1, loss);
      yield { step: step + 1, steps, loss, epoch: batch.epoch };
      await stop.turn(stops);
    }
  } finally {
    ear.close();
    images.return(undefined);
    learn.dispose();
    if (!optimizer) adam.dispose();
  }
}

/** What a compiled training step uses from outside: what it assigns to, and what it only reads. */
export function usedBy(network: Learner, adam: Adam, constants: readonly tf.Tensor[] = []) {
  return outsideOf([...network.weights, ...adam.state], [...(network.constants ?? []), ...constants]);
}

/** Checks what all trainers share. */
export function checkTraining(
  caller: string,
  {
    network,
    data,
    steps,
    batchSize = 32,
    seed = 1,
    resumeAt = 0,
    rate,
    optimizer,
    constants,
    workers,
  }: TrainingOptions & { network: Learner },
): void {
  if (!Array.isArray(network?.weights))
    throw new TypeError(`${caller}: network must have weights to learn, got ${shown(network)}`);
  checkSource(caller, 'data', data);
  checkConstants(caller, constants);
  checkWhole(caller, 'steps', steps, 0);
  checkWhole(caller, 'batchSize', batchSize);
  checkWhole(caller, 'seed', seed, 0);
  checkWhole(caller, 'resumeAt', resumeAt, 0);
  if (data.length === 0) throw new RangeError(`${caller}: data must hold at least one image, got 0`);
  if (network.weights.some((weight) => weight.isDisposed))
    throw new Error(`${caller}: the weights of network have been disposed of`);
  if (rate !== undefined && optimizer)
    throw new TypeError(
      `${caller}: rate must be left out when an optimizer is given, which has its own, got ${String(rate)}`,
    );
  if (resumeAt > 0 && !optimizer)
    throw new TypeError(
      `${caller}: optimizer must be given to go on from step ${resumeAt}: the Adam of the steps before, which remembers them`,
    );
  if (optimizer !== undefined && !(optimizer instanceof Adam))
    throw new TypeError(`${caller}: optimizer must be an Adam, got ${shown(optimizer)}`);
  optimizer?.checkFor(caller, network.weights);
  if (workers !== undefined && typeof workers?.sum !== 'function')
    throw new TypeError(
      `${caller}: workers must be what join() of naive-diffusion/workers gives, got ${shown(workers)}`,
    );
  if (rate !== undefined && typeof rate !== 'function' && !(typeof rate === 'number' && rate > 0 && rate < Infinity))
    throw new RangeError(`${caller}: rate must be a number above 0 or a function, got ${shown(rate)}`);
}
