import { isFused } from './fused.js';
import { groupNormalization } from './group-norm.js';
import { tf } from './tf.js';

/** (x − mean)/√(variance + epsilon) over the last axis. */
export function normalizeLast<T extends tf.Tensor>(x: T, epsilon: number): T {
  const channels = x.shape.at(-1)!;
  if (!isFused() || x.size === 0) {
    const off = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(off, tf.rsqrt(tf.add(tf.mean(tf.square(off), -1, true), epsilon)));
  }
  // Each token as an image of one pixel, all channels in one group: an operation in C++.
  const tokens = tf.reshape<tf.Rank.R4>(x, [-1, 1, 1, channels]);
  const [scale, offset] = [tf.ones([channels]), tf.zeros([channels])];
  return tf.reshape(groupNormalization(tokens, scale, offset, { groups: 1, silu: false, epsilon }), x.shape) as T;
}
