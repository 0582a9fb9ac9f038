import { uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Key } from '../types.js';

/** One of the numbers 0 to n − 1 for each image, all equally likely: int32 `[batch]`. */
export function choose(key: Key, batch: number, n: number): tf.Tensor1D {
  return tf.tidy(() => tf.cast(tf.floor(tf.mul(uniform(key, [batch]), n)), 'int32') as tf.Tensor1D);
}

/**
 * The place of every number in its row when the row is put in order: 0 for the largest, n − 1 for the smallest.
 * Equal numbers get different places, so that each place occurs exactly once in a row.
 * @param values `[rows, n]`
 * @returns float32 `[rows, n]`
 */
export function ranks(values: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [rows, n] = values.shape;
    const { indices } = tf.topk(values, n);
    const row = tf.tile(tf.range(0, rows, 1, 'int32').reshape([rows, 1]), [1, n]);
    const place = tf.tile(tf.range(0, n), [rows]);
    return tf.scatterND(tf.stack([row, indices], 2).reshape([rows * n, 2]), place, [rows, n]) as tf.Tensor2D;
  });
}
