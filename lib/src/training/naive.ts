import { compile } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { squaredLoss } from '../backend/ops.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { batches } from '../data/batches.js';
import type { Walk } from '../degradations/walk.js';
import type { Network } from '../networks/network.js';
import type { Images } from '../types.js';
import { Adam } from './adam.js';
import { checkTraining, checkWhole, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainNaive}. */
export interface NaiveTraining extends TrainingOptions {
  /** A network that predicts the previous images. */
  network: Network;
  /** The forward walk, for example `binomialWalk({ pixels: 32 })`. */
  walk: Walk;
  /** T, the number of steps of the walk. */
  T: number;
}

/** What {@link trainNaive} yields after each step. */
export interface NaiveProgress extends TrainingProgress {
  /** The level that the network was given: t/T. */
  t: number;
}

/**
 * Naive diffusion, training: walk a batch of images into noise, and at each step of the walk let the network predict
 * the images before that step, by squared error. The network is given t/T for the step that led from t to t + 1.
 *
 * ```ts
 * for await (const { step, loss } of trainNaive({ network, data, walk, T: 60, steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainNaive(options: NaiveTraining): AsyncGenerator<NaiveProgress, void, void> {
  const { network, T } = options;
  if (network.predicts !== 'previous')
    throw new TypeError(`trainNaive: network must predict 'previous', got '${network.predicts}'`);
  checkTraining('trainNaive', options);
  checkWhole('trainNaive', { T: [T, 1] });
  return run(options);
}

async function* run({
  network,
  data,
  walk,
  T,
  steps,
  batchSize = 32,
  seed = 1,
  rate = 1e-3,
  optimizer,
  from = 0,
}: NaiveTraining) {
  const stop = listenForStop();
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const forward = compile((walkKey: tf.Tensor1D, z: Images) => walk.step(walkKey, z), { name: 'walk' });
  const learn = compile(
    (walkKey: tf.Tensor1D, t: tf.Tensor1D, z: Images, stepSize: tf.Scalar) => {
      const next = walk.step(walkKey, z);
      return [adam.minimize(() => squaredLoss(network(next, t), z), stepSize), next];
    },
    { state: [...network.weights, ...adam.state], name: 'trainNaive' },
  );
  const images = batches(data, { size: batchSize, seed, start: Math.floor(from / T) });
  let z: Images | undefined;
  try {
    let step = from;
    while (step < steps) {
      const batch = images.next().value!;
      z = batch.images.clone();
      const begin = step % T; // above 0 only when going on in the middle of a walk: walk there again
      const first = step - begin;
      for (let t = 0; t < T && step < steps; t++) {
        const current: Images = z;
        if (t < begin) {
          z = replace(current, tf.tidy(() => forward(key(seed, first + t), current)) as Images);
          continue;
        }
        const [loss, next] = tf.tidy(() => {
          const level = tf.fill([current.shape[0]], t / T) as tf.Tensor1D;
          return learn(key(seed, first + t), level, current, tf.scalar(adam.nextRate()));
        }) as [tf.Scalar, Images];
        z = replace(current, next);
        step++;
        const progress = { step, loss: loss.dataSync()[0], t: t / T, epoch: batch.epoch };
        loss.dispose();
        yield progress;
        await stop.turn();
      }
      z.dispose();
      z = undefined;
    }
  } finally {
    stop.close();
    z?.dispose();
    images.return(undefined);
    learn.dispose();
    forward.dispose();
    if (!optimizer) adam.dispose();
  }
}

function replace<T extends tf.Tensor>(old: T, next: T): T {
  old.dispose();
  return next;
}
