import { downsample2x, upsample2x } from '../backend/ops.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { Degradation, Images } from '../types.js';
import { pureDegradation } from './degradation.js';

/**
 * Pixelation: height and width are halved several times, each new pixel the mean of four, and shown at the old size.
 * At t = k/stages the image has been halved k times, as in cold diffusion (Bansal et al. 2022, arXiv 2208.09392,
 * section 4.3); in between it is blended from both. The few pixels that are left are the residue: `[batch, h/2^stages,
 * w/2^stages, channels]`.
 * @param options.stages how often to halve; 3 leaves 4×4 pixels of 32×32
 * @throws {RangeError} when stages is no such number, or, later, when 2^stages does not divide height and width
 */
export function pixelate({ stages = 3 }: { stages?: number } = {}): Degradation<Record<string, never>> {
  checkWhole('pixelate', 'stages', stages);
  return pureDegradation(
    'pixelate',
    {
      check: ([, height, width]) => {
        if (height % 2 ** stages || width % 2 ** stages)
          throw new RangeError(`pixelate: images must have sides that ${2 ** stages} divides, got ${height}×${width}`);
      },
      // z_t is x0 without its details: those that halving k + 1 times loses fade away as t goes from k/stages to (k +
      // 1)/stages.
      at: (_, x0, t) => {
        let z: Images = x0;
        let small: Images = x0;
        for (let k = 0; k < stages; k++) {
          const half = downsample2x(small);
          const detail = enlarge(tf.sub(small, upsample2x(half)), k);
          z = tf.sub(z, tf.mul(detail, tf.clipByValue(tf.sub(tf.mul(t, stages), k), 0, 1)));
          small = half;
        }
        return z;
      },
      residue: (x0) => {
        let small: Images = x0;
        for (let k = 0; k < stages; k++) small = downsample2x(small);
        return small;
      },
      image: (small) => enlarge(small as Images, stages),
    },
    { stages },
  );
}

function enlarge(x: Images, times: number): Images {
  return times === 0 ? x : enlarge(upsample2x(x), times - 1);
}
