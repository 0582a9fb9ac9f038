import { tf } from '../backend/tf.js';
import type { Denoiser, Given, Images, Level } from '../types.js';
import { tidyEstimate } from './denoiser.js';

/** Options of {@link guide}. */
export interface Guidance {
  /** Guesses what is wanted: with what is given. */
  wanted: Denoiser;
  /** Guesses without it, or worse: the same denoiser, or another one. */
  plain: Denoiser;
  /** How far to go: 0 is `plain`, 1 is `wanted`, more goes on beyond it. */
  weight: number;
  /**
   * What `plain` is given in the place of what `wanted` is given. It stays the caller's, as long as the denoiser is
   * used.
   */
  without?: Given;
}

/**
 * Guidance without a classifier: plain + weight·(wanted − plain), in the clean images, which is the same in the noise
 * (Ho and Salimans 2022, arXiv 2207.12598, eq. 6, whose w is weight − 1). With a worse denoiser as `plain` it is
 * autoguidance (Karras et al. 2024, arXiv 2406.02507).
 *
 * ```ts
 * const without = { digit: tf.tensor1d([-1]) };     // one value for all images
 * const denoise = guide({ wanted: both, plain: both, weight: 2, without });
 * ```
 * It asks both at every step, and no more.
 * @throws {RangeError} when weight is not a finite number
 */
export function guide({ wanted, plain, weight, without }: Guidance): Denoiser {
  if (!Number.isFinite(weight)) throw new RangeError(`guide: weight must be a finite number, got ${weight}`);
  const denoise = (z: Images, t: Level, given?: Given) =>
    tidyEstimate(() => {
      const away = plain(z, t, without ? forAll(without, z.shape[0]) : given);
      const towards = wanted(z, t, given);
      const x0 = tf.add(away.x0, tf.mul(tf.sub(towards.x0, away.x0), weight)) as Images;
      return { ...towards, x0 };
    });
  return Object.assign(denoise, {
    weights: [...new Set([...wanted.weights, ...plain.weights])],
    constants: [...(wanted.constants ?? []), ...(plain.constants ?? []), ...Object.values(without ?? {})],
    ...(wanted.shape && { shape: wanted.shape }),
  });
}

/** What is given for one image, for all of them. */
function forAll(given: Given, batch: number): Given {
  const repeated: Given = {};
  for (const [name, tensor] of Object.entries(given)) {
    const times = tensor.shape.map((_, axis) => (axis === 0 ? batch : 1));
    repeated[name] = tensor.shape[0] === 1 ? tf.tile(tensor, times) : tensor;
  }
  return repeated;
}
