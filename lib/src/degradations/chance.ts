import { isFused } from '../backend/fused.js';
import { nativeOp } from '../backend/native-op.js';
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
  if (isFused()) return nativeOp('NaiveDiffusionRanks', [values], {});
  return tf.tidy(() => {
    const [rows, n] = values.shape;
    return scatter(tf.topk(values, n).indices, tf.tile(tf.range(0, n), [rows]), n);
  });
}

/**
 * 1 at the `count` largest numbers of each row, 0 elsewhere. Of equal numbers, those in front count as larger.
 * @param values `[rows, n]`
 * @param count at most n
 * @returns float32 `[rows, n]`
 */
export function largest(values: tf.Tensor2D, count: number): tf.Tensor2D {
  if (isFused()) return nativeOp('NaiveDiffusionLargest', [values], { count });
  return tf.tidy(() => {
    const [rows, n] = values.shape;
    return scatter(tf.topk(values, count, false).indices, tf.ones([rows * count]), n);
  });
}

/** Numbers at the places `[rows, some]` of rows of n, and 0 elsewhere: `[rows, n]`. */
function scatter(places: tf.Tensor, numbers: tf.Tensor, n: number): tf.Tensor2D {
  const [rows, some] = places.shape;
  const row = tf.tile(tf.range(0, rows, 1, 'int32').reshape([rows, 1]), [1, some]);
  return tf.scatterND(tf.stack([row, places], 2).reshape([rows * some, 2]), numbers, [rows, n]) as tf.Tensor2D;
}
