import { tf } from './tf.js';

/** The coordinates of every pixel, `[1, height, width, 2]`: vertical first, then horizontal, each in [0, 1]. */
export function coordinates(height: number, width: number): tf.Tensor4D {
  return tf.tidy(() => {
    const y = tf.linspace(0, 1, height).reshape<tf.Tensor4D>([1, height, 1, 1]);
    const x = tf.linspace(0, 1, width).reshape<tf.Tensor4D>([1, 1, width, 1]);
    return tf.concat4d([tf.tile(y, [1, 1, width, 1]), tf.tile(x, [1, height, 1, 1])], 3);
  });
}
