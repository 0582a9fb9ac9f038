import { tf } from '../backend/tf.js';
import type { Gaussian, Images } from '../types.js';

/** Images at level t with as much noise put in as takes them to level `raised`, at or above it. */
export function moreNoise(
  gaussian: Gaussian,
  { z, t, raised, noise }: { z: Images; t: tf.Tensor1D; raised: tf.Tensor1D; noise: tf.Tensor },
): Images {
  const [now, above] = [gaussian.coefficients(t), gaussian.coefficients(raised)];
  const isRaised = tf.reshape(tf.greater(raised, t), [-1, 1, 1, 1]);
  const shrunk = tf.where(isRaised, tf.div(above.alpha, tf.maximum(now.alpha, 1e-12)), tf.onesLike(now.alpha));
  const variance = tf.relu(tf.sub(tf.square(above.sigma), tf.square(tf.mul(shrunk, now.sigma))));
  return gaussian.fromSigned(tf.add(tf.mul(gaussian.toSigned(z), shrunk), tf.mul(noise, tf.sqrt(variance))));
}
