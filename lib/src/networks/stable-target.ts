import { pureIf } from '../backend/pure.js';
import { placesOf } from '../backend/share.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, shown } from '../check.js';
import { isGaussian } from '../degradations/belonging.js';
import type { Denoiser, Images, NoiseDraw, Target } from '../types.js';

/** Options of {@link stableTarget}. */
export interface StableTargetOptions {
  /** What the network is asked for, of Gaussian noise. */
  target: Target<NoiseDraw>;
  /** Says the mean of the images that could be under the noise: `optimalDenoiser` over the training images. */
  teacher: Denoiser;
  /** It is asked about this share of each batch, the last ones: 1, all of them, when left out. */
  share?: number;
}

/**
 * A target whose images are not those that the noise was put on but the mean of all training images that could be under
 * it, each as likely as it is (Xu, Tong and Jaakkola 2023, arXiv 2302.00670, eq. 6, with all of the data as reference).
 * The mean of the target is the same for every z, so that it leads to the same network; its variance is gone, which
 * is large where the noise is strong and many images are possible.
 *
 * ```ts
 * const noisy = gaussian();
 * const teacher = optimalDenoiser({ data, degradation: noisy });
 * const target = stableTarget({ target: velocity(noisy), teacher });
 * const training = { network, data, degradation: noisy, target, constants: teacher.constants, steps: 1000 };
 * for await (const { loss } of trainDenoiser(training)) …
 * ```
 * Together with `stratifiedLevels`, which rise from the first image of a batch to the last, a share spares the teacher
 * the levels with little noise, at which it has nothing to add.
 * @throws {RangeError} when share is not in (0, 1]
 * @throws {TypeError} when target is none of Gaussian noise, or teacher is none
 */
export function stableTarget(options: StableTargetOptions): Target<NoiseDraw> {
  checkKnown('stableTarget', options, ['target', 'teacher', 'share']);
  const { target, teacher, share = 1 } = options;
  const degradation = target?.degradation;
  if (!isGaussian(degradation))
    throw new TypeError(
      `stableTarget: target must be one of Gaussian noise, as velocity() makes it, got ${shown(target)}`,
    );
  if (typeof teacher !== 'function')
    throw new TypeError(
      `stableTarget: teacher must be a denoiser, as optimalDenoiser() makes it, got ${shown(teacher)}`,
    );
  checkNumber('stableTarget', 'share', share, (n) => n > 0 && n <= 1, 'be above 0 and at most 1');
  const stable: Target<NoiseDraw> = {
    ...target,
    of: ({ x0, z, t, draw }) =>
      tf.tidy(() => {
        const { rows, whole } = placesOf(x0.shape[0]);
        const left = rows.filter((row) => row < whole - Math.ceil(share * whole)).length;
        if (left === rows.length) return target.of({ x0, z, t, draw });
        const [noisy, noisyLevels] = [tf.slice(z, [left]), tf.slice(t, [left])];
        const mean = teacher(noisy, noisyLevels).x0;
        const { noise } = degradation.infer(noisy, mean, noisyLevels);
        const replaced = (all: Images, by: Images) => (left > 0 ? tf.concat([tf.slice(all, [0], [left]), by]) : by);
        return target.of({ x0: replaced(x0, mean), z, t, draw: { noise: replaced(draw.noise, noise) } });
      }),
  };
  return pureIf(stable, target, teacher);
}
