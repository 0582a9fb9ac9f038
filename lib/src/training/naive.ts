import { compile } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { squaredLoss } from '../backend/ops.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkWhole, shown } from '../check.js';
import { batches } from '../data/batches.js';
import type { Walk } from '../degradations/walk.js';
import { checkNetwork } from '../networks/denoiser.js';
import type { Network } from '../networks/network.js';
import type { Images } from '../types.js';
import { Adam } from './adam.js';
import { checkTraining, Diverged, numberOf, usedBy, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainNaive}. */
export interface NaiveTraining extends TrainingOptions {
  /** What learns to undo one step of the walk. */
  network: Network;
  /** The forward walk, for example `binomialWalk({ pixels: 32 })`. */
  walk: Walk;
  /** T, the number of steps of the walk. */
  walkSteps: number;
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
 * for await (const { step, loss } of trainNaive({ network, data, walk, walkSteps: 60, steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainNaive(options: NaiveTraining): AsyncGenerator<NaiveProgress, void, void> {
  checkTraining('trainNaive', options);
  checkNetwork('trainNaive', options.network);
  if (typeof options.walk?.step !== 'function')
    throw new TypeError(`trainNaive: walk must be one, as binomialWalk() makes it, got ${shown(options.walk)}`);
  checkWhole('trainNaive', 'walkSteps', options.walkSteps);
  return run(options);
}

async function* run({
  network,
  data,
  walk,
  walkSteps,
  steps,
  batchSize = 32,
  seed = 1,
  rate = 1e-3,
  optimizer,
  resumeAt = 0,
  constants,
}: NaiveTraining): AsyncGenerator<NaiveProgress, void, void> {
  const images = batches(data, { size: batchSize, seed, start: Math.floor(resumeAt / walkSteps) });
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const outside = usedBy(network, adam, constants);
  const forward = compile((walkKey: tf.Tensor1D, z: Images) => walk.step(walkKey, z), { ...outside, name: 'walk' });
  const learn = compile(
    (walkKey: tf.Tensor1D, t: tf.Tensor1D, z: Images, stepSize: tf.Scalar) => {
      const next = walk.step(walkKey, z);
      return [adam.minimize(() => squaredLoss(network(next, t), z), stepSize), next];
    },
    { ...outside, name: 'trainNaive' },
  );
  const stop = listenForStop();
  let z: Images | undefined;
  try {
    let step = resumeAt;
    while (step < steps) {
      const batch = images.next().value!;
      z = batch.images.clone();
      const begin = step % walkSteps; // above 0 only when going on in the middle of a walk: walk there again
      const first = step - begin;
      for (let t = 0; t < walkSteps && step < steps; t++) {
        const current: Images = z;
        if (t < begin) {
          z = tf.tidy(() => forward(key(seed, first + t), current)) as Images;
          current.dispose();
          continue;
        }
        const stepSize = await adam.awaitRate();
        const [loss, next] = tf.tidy(() => {
          const level = tf.fill([current.shape[0]], t / walkSteps) as tf.Tensor1D;
          return learn(key(seed, first + t), level, current, tf.scalar(stepSize));
        }) as [tf.Scalar, Images];
        z = next;
        current.dispose();
        step++;
        const progress = { step, steps, loss: await numberOf(loss), t: t / walkSteps, epoch: batch.epoch };
        if (!Number.isFinite(progress.loss)) throw new Diverged('trainNaive', step, progress.loss);
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
