import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkTensor, shown } from '../check.js';
import type { Denoiser, Given, Images, Level } from '../types.js';
import { checkDenoiser, tidyEstimate } from './denoiser.js';
import { checkGiven } from './given.js';

/** Options of {@link guide}. */
export interface Guidance {
  /** Guesses what is wanted: with what is given. */
  wanted: Denoiser;
  /** Guesses without it, or worse: the same denoiser, or another one. */
  plain: Denoiser;
  /** How far to go: 0 is `plain`, 1 is `wanted`, more goes on beyond it. */
  weight: number;
  /**
   * What `plain` is given in the place of what `wanted` is given: one value for all images, or one for each. It stays
   * the caller's, as long as the denoiser is used.
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
 * @throws {RangeError} when weight is not a finite number, when both take images of different shapes, or when plain
 * cannot be given what it is to be given
 * @throws {TypeError} when wanted or plain are no denoisers
 */
export function guide({ wanted, plain, weight, without }: Guidance): Denoiser {
  checkDenoiser('guide', 'wanted', wanted);
  checkDenoiser('guide', 'plain', plain);
  checkNumber('guide', 'weight', weight, Number.isFinite, 'be a finite number');
  if (wanted.shape && plain.shape && wanted.shape.join() !== plain.shape.join())
    throw new RangeError(
      `guide: plain must take images of [${wanted.shape}], as wanted does, got one that takes [${plain.shape}]`,
    );
  if (without) checkWithout(without, plain);
  const denoise = (z: Images, t: Level, given?: Given) =>
    tidyEstimate(() => {
      const away = plain(z, t, without ? forAll(without, z.shape[0]) : given);
      const towards = wanted(z, t, given);
      const x0 = tf.add(away.x0, tf.mul(tf.sub(towards.x0, away.x0), weight)) as Images;
      return { ...towards, x0 };
    });
  const { shape = plain.shape, conditions, degradation = plain.degradation } = wanted;
  const guided: Denoiser = Object.assign(denoise, {
    weights: [...new Set([...wanted.weights, ...plain.weights])],
    constants: [...(wanted.constants ?? []), ...(plain.constants ?? []), ...Object.values(without ?? {})],
    ...(shape && { shape }),
    ...(conditions && { conditions }),
    ...(degradation && { degradation }),
  });
  return pureIf(guided, wanted, plain);
}

/** What is given in another's place must be tensors, of one row or of one for each image, and fit the denoiser. */
function checkWithout(without: Given, plain: Denoiser): void {
  for (const [name, tensor] of Object.entries(without)) {
    if (!(tensor instanceof tf.Tensor) || tensor.rank === 0)
      throw new TypeError(`guide: without.${name} must be a tensor with a row for each image, got ${shown(tensor)}`);
    checkTensor('guide', `without.${name}`, tensor, tensor.shape);
  }
  const rows = Object.values(without)[0]?.shape[0] ?? 1;
  if (plain.conditions) checkGiven('guide: without', without, plain.conditions, rows);
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
