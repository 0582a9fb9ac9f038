import { uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkPositive } from '../check.js';
import { coordinates } from '../backend/coordinates.js';
import type { Degradation } from '../types.js';
import { ranks } from './chance.js';
import { pureDegradation } from './degradation.js';

/**
 * A hole grows from a random point of each image until nothing is left of it; to undo it is called inpainting.
 * At level t it has eaten a share of about t of the pixels, the nearest first, with a soft edge.
 * After the growing masks of cold diffusion (Bansal et al. 2022, arXiv 2208.09392, section 4.2).
 * @param options.softness how wide the edge is, as a share of the pixels
 * @param options.colour the grey value inside the hole, from 0 (black) to 1
 * @throws {RangeError} when softness is not above 0, or colour outside [0, 1]
 */
export function mask({ softness = 0.1, colour = 0 }: { softness?: number; colour?: number } = {}): Degradation<{
  order: tf.Tensor4D;
}> {
  checkPositive('mask', { softness });
  checkNumber('mask', 'colour', colour, (n) => n >= 0 && n <= 1, 'lie in [0, 1]');
  return pureDegradation<{ order: tf.Tensor4D }>(
    'mask',
    {
      // The order in which the hole reaches the pixels, from 0 for the nearest to 1 for the farthest.
      draw: (key, [batch, height, width]) => {
        const point = uniform(key, [batch, 1, 1, 2]);
        const distance = tf.sum(tf.square(tf.sub(coordinates(height, width), point)), 3);
        const rank = ranks(tf.neg(distance).reshape([batch, height * width]));
        return { order: tf.div(rank, Math.max(1, height * width - 1)).reshape([batch, height, width, 1]) };
      },
      // Exactly 1 everywhere at t = 0, exactly 0 at t = 1.
      at: ({ order }, x0, t) => {
        const kept = tf.clipByValue(tf.add(tf.div(tf.sub(order, t), softness), tf.sub(1, t)), 0, 1);
        return tf.add(tf.mul(x0, kept), tf.mul(colour, tf.sub(1, kept)));
      },
    },
    { softness, colour },
  );
}
