import { listenForStop } from '../backend/interrupt.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { VarianceTable } from '../networks/variance.js';
import { Random } from '../random.js';
import type { Denoiser, Gaussian, Images, Key } from '../types.js';

/** Options of {@link fitVariance}. */
export interface VarianceOptions {
  denoise: Denoiser;
  degradation: Gaussian;
  /** Images of the kind that the denoiser has learned from. */
  data: ImageSet;
  /** At how many levels, evenly spread; between them the variance is interpolated. 50 by default. */
  levels?: number;
  /** How many images are looked at: the first of the data, 200 by default, or all there are. */
  count?: number;
  seed?: number;
}

/**
 * Measures how far guesses are off at each level: their mean squared error, which is the variance of the clean images
 * about a perfect guess. No training is needed (Bao et al. 2022, arXiv 2201.06503, who take it from the length of the
 * predicted noise).
 * @returns what `withVariance` takes
 * @throws {RangeError} when an option is out of range
 * @throws {Interrupted} after the level during which stop was pressed
 */
export async function fitVariance(options: VarianceOptions): Promise<VarianceTable> {
  const { denoise, degradation, data, levels = 50, count = Math.min(200, data.length), seed = 1 } = options;
  checkWhole('fitVariance', 'levels', levels);
  checkWhole('fitVariance', 'count', count, 1, data.length);
  checkWhole('fitVariance', 'seed', seed, 0);
  const look = borrowCompiled(denoise, { name: 'fitVariance', parts: [degradation] }, errorOf(denoise, degradation));
  const stop = listenForStop();
  const random = new Random(seed);
  const x0 = data.images({ end: count });
  const variances: number[] = [];
  try {
    for (let i = 1; i <= levels; i++) {
      await stop.turn();
      const error = tf.tidy(
        () => look.run({ x0, t: tf.fill<tf.Rank.R1>([count], i / levels), key: random.key() }).error,
      );
      // Not 0, which no step could have: where nothing is hidden, a guess is as exact as single precision.
      variances.push(Math.max(error.dataSync()[0], 1e-12));
      error.dispose();
    }
  } finally {
    stop.close();
    look.release();
    x0.dispose();
  }
  return { degradation, variances };
}

/** The mean squared error of guesses, as a function of tensors alone. */
function errorOf(denoise: Denoiser, degradation: Gaussian) {
  return ({ x0, t, key }: { x0: Images; t: tf.Tensor1D; key: Key }): { error: tf.Scalar } => {
    const z = degradation.at(degradation.draw(key, x0.shape), x0, t);
    const off = tf.sub(degradation.toSigned(denoise(z, t).x0), degradation.toSigned(x0));
    return { error: tf.mean(tf.square(off)) as tf.Scalar };
  };
}
