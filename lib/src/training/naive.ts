import { compile } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { numbersOf } from '../backend/numbers-of.js';
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
import { CommonStop, learnTogether, type Together } from './together.js';
import { checkTraining, Diverged, usedBy, type TrainingOptions, type TrainingProgress } from './train.js';

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
  workers,
}: NaiveTraining): AsyncGenerator<NaiveProgress, void, void> {
  const images = batches(data, { size: batchSize, seed, start: Math.floor(resumeAt / walkSteps) });
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const outside = usedBy(network, adam, constants);
  const forward = compile((walkKey: tf.Tensor1D, z: Images) => walk.step(walkKey, z), { ...outside, name: 'walk' });
  const ear = listenForStop();
  const stop = new CommonStop(ear, workers);
  const learn = workers
    ? naiveTogether({ network, adam, walk, constants, workers, stop, forward })
    : compile(
        (walkKey: tf.Tensor1D, t: tf.Tensor1D, z: Images, stepSize: tf.Scalar): [tf.Tensor, Images] => {
          const next = walk.step(walkKey, z);
          return [adam.minimize(() => squaredLoss(network(next, t), z), stepSize), next];
        },
        { ...outside, name: 'trainNaive' },
      );
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
        const [result, next] = tf.tidy((): [tf.Tensor, Images] => {
          const level = tf.fill([current.shape[0]], t / walkSteps) as tf.Tensor1D;
          return learn(key(seed, first + t), level, current, tf.scalar(stepSize));
        });
        z = next;
        current.dispose();
        step++;
        const [loss, stops] = await numbersOf(result);
        if (!Number.isFinite(loss)) throw new Diverged('trainNaive', step, loss);
        yield { step, steps, loss, t: t / walkSteps, epoch: batch.epoch };
        await stop.turn(stops);
      }
      z.dispose();
      z = undefined;
    }
  } finally {
    ear.close();
    z?.dispose();
    images.return(undefined);
    learn.dispose();
    forward.dispose();
    if (!optimizer) adam.dispose();
  }
}

/** A step with other processes: each walks with the whole batch, which costs little, and learns from its share. */
function naiveTogether({
  walk,
  forward,
  ...training
}: Omit<Together<tf.Tensor1D>, 'objective'> & {
  network: Network;
  walk: Walk;
  forward: (walkKey: tf.Tensor1D, z: Images) => Images;
}) {
  const learn = learnTogether('trainNaive', {
    ...training,
    objective: (walkKey, z, t: tf.Tensor1D) => squaredLoss(training.network(walk.step(walkKey, z), t), z),
  });
  const step = (walkKey: tf.Tensor1D, t: tf.Tensor1D, z: Images, stepSize: tf.Scalar): [tf.Tensor, Images] => [
    learn(walkKey, z, stepSize, t),
    forward(walkKey, z),
  ];
  return Object.assign(step, { dispose: learn.dispose });
}
