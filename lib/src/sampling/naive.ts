import { listenForStop } from '../backend/interrupt.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkTensor, checkWhole } from '../check.js';
import { binomialNoise } from '../degradations/walk.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Network } from '../networks/network.js';
import type { Images, Turn } from '../types.js';

/** Options of {@link sampleNaive}. */
export interface NaiveSampling {
  /** A network that undoes one step of a walk: it answers with the images one step before. */
  network: Network;
  /** The number of steps, that of the walk in training. */
  steps: number;
  /** How many images; as many as `z` holds, where that is given. */
  count?: number;
  /** Seed of z_T. 1 by default. */
  seed?: number;
  /** A start of the caller's own instead of noise from the seed; it stays the caller's. */
  z?: Images;
}

/**
 * Naive diffusion, sampling: start from pure noise and let the network take away one step of it, again and again.
 * Each result is clipped to [0, 1], so that small excesses do not grow from step to step.
 * With T steps, the network is given (T − 1)/T at first and 0 at last, the same numbers as in training.
 *
 * ```ts
 * grid(await last(sampleNaive({ network, steps: 60, count: 16 })));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleNaive(options: NaiveSampling): AsyncGenerator<Turn, void, void> {
  const { network, steps, count = options.z?.shape[0], seed = 1, z } = options;
  checkWhole('sampleNaive', 'steps', steps);
  checkWhole('sampleNaive', 'seed', seed, 0);
  if (count === undefined) throw new TypeError('sampleNaive: count must be given, or images z to start from');
  checkWhole('sampleNaive', 'count', count);
  const shape = [count, ...network.shape] as [number, number, number, number];
  if (z !== undefined) checkTensor('sampleNaive', 'z', z, shape);
  return run({ network, steps, seed, z, shape });
}

async function* run({
  network,
  steps,
  shape,
  seed,
  z: start,
}: Required<Pick<NaiveSampling, 'network' | 'steps' | 'seed'>> & {
  shape: [number, number, number, number];
  z: Images | undefined;
}): AsyncGenerator<Turn, void, void> {
  const undo = borrowCompiled(network, { name: 'sampleNaive', parts: [] }, (z: Images, t: tf.Tensor1D) =>
    tf.clipByValue(network(z, t), 0, 1),
  );
  const stop = listenForStop();
  let z: Images | undefined;
  try {
    z = start ? start.clone() : tf.tidy(() => binomialNoise(key(seed), shape));
    yield { t: 1, z };
    for (let left = steps - 1; left >= 0; left--) {
      await stop.turn();
      const current: Images = z;
      const next = tf.tidy(() => undo.run(current, tf.fill([shape[0]], left / steps)) as Images);
      z.dispose();
      z = next;
      yield { t: left / steps, z };
    }
  } finally {
    stop.close();
    z?.dispose();
    undo.release();
  }
}
