import { listenForStop } from '../backend/interrupt.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { binomialNoise } from '../degradations/walk.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Network } from '../networks/network.js';
import type { Images, Turn } from '../types.js';

/** Options of {@link sampleNaive}. */
export interface NaiveSampling {
  /** A network that predicts the previous images. */
  network: Network;
  /** T, the number of steps, as in training. */
  T: number;
  /** `[batch, height, width, channels]` of the samples. */
  shape: [number, number, number, number];
  /** Seed of z_T. */
  seed?: number;
  /** A start of the caller's own instead of noise from the seed; it stays the caller's. */
  z?: Images;
}

/**
 * Naive diffusion, sampling: start from pure noise and let the network take away one step of it, T times over.
 * Each result is clipped to [0, 1], so that small excesses do not grow from step to step.
 * The network is given (T − 1)/T at first and 0 at last, the same numbers as in training.
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleNaive(options: NaiveSampling): AsyncGenerator<Turn, void, void> {
  const { network, T, shape, z } = options;
  if (network.predicts !== 'previous')
    throw new TypeError(`sampleNaive: network must predict 'previous', got '${network.predicts}'`);
  if (!Number.isInteger(T) || T < 1)
    throw new RangeError(`sampleNaive: T must be a whole number of at least 1, got ${T}`);
  if (z && z.shape.join() !== shape.join())
    throw new RangeError(`sampleNaive: z must have shape [${shape}], got [${z.shape}]`);
  return run(options);
}

async function* run({ network, T, shape, seed = 1, z: start }: NaiveSampling): AsyncGenerator<Turn, void, void> {
  const stop = listenForStop();
  const denoise = borrowCompiled(network, { name: 'sampleNaive', variant: shape }, (z: Images, t: tf.Tensor1D) =>
    tf.clipByValue(network(z, t), 0, 1),
  );
  let z = start ? start.clone() : tf.tidy(() => binomialNoise(key(seed), shape));
  try {
    yield { t: 1, z };
    for (let t = T - 1; t >= 0; t--) {
      await stop.turn();
      const next = tf.tidy(() => denoise.run(z, tf.fill([shape[0]], t / T) as tf.Tensor1D) as Images);
      z.dispose();
      z = next;
      yield { t: t / T, z };
    }
  } finally {
    stop.close();
    z.dispose();
    denoise.release();
  }
}
