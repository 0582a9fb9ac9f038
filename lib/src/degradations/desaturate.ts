import { tf } from '../backend/tf.js';
import type { Degradation, Images } from '../types.js';
import { pureDegradation } from './degradation.js';

/**
 * Colours drain away: z_t = (1 − t)·x0 + t·grey(x0). The grey image is the residue, `[batch, height, width, 1]`.
 * Grey is the plain mean of the channels: with the eye's weights, which favour green, two images could come apart on
 * the way.
 * @throws {RangeError} (its functions) for images of one channel
 */
export function desaturate(): Degradation<Record<string, never>> {
  const grey = (x: tf.Tensor): tf.Tensor => tf.mean(x, 3, true);
  return pureDegradation('desaturate', {
    check: ([, , , channels]) => {
      if (channels < 2) throw new RangeError(`desaturate: images must have several channels, got ${channels}`);
    },
    at: (_, x0, t) => tf.add(tf.mul(x0, tf.sub(1, t)), tf.mul(grey(x0), t)),
    residue: grey,
    image: (left, [, , , channels]) => tf.tile(left as Images, [1, 1, 1, channels]),
  });
}
