import { kernel } from './differentiable.js';
import { tf } from './tf.js';

type Parts = { queries: tf.Tensor; keys: tf.Tensor; values: tf.Tensor };

/**
 * softmax(q·kᵀ/√depth)·v for queries, keys and values `[batch, heads, tokens, depth]`, with its gradient by hand. There
 * are far more shares, one for each pair of tokens, than anything else, so that what counts is how often they are
 * passed over: numbers are scaled where they are few, and what a softmax's gradient takes off each row, Σ share·dShare,
 * is Σ output·dOutput (Dao et al. 2022, arXiv 2205.14135, appendix B.2), and comes in as one more column of a product.
 */
export function attendHeads(queries: tf.Tensor4D, keys: tf.Tensor4D, values: tf.Tensor4D): tf.Tensor4D {
  return attendKernel({ queries, keys, values }, {}) as tf.Tensor4D;
}

const scaleOf = (queries: tf.Tensor) => 1 / Math.sqrt(queries.shape[3]!);

const attendKernel = kernel<Parts>('NaiveDiffusionAttend', {
  forward: ({ queries, keys, values }) => {
    const shares = tf.softmax(tf.matMul(tf.mul(queries, scaleOf(queries)), keys, false, true));
    return [tf.matMul(shares, values), shares];
  },
  saveInputs: ['queries', 'keys', 'values'],
  saveOutputs: ['output', 'shares'],
  gradient: (dy, { queries, keys, values, output, shares }) => {
    const taken = tf.neg(tf.sum(tf.mul(dy, output), 3, true));
    const ones = tf.ones([...values.shape.slice(0, 3), 1]);
    const dShares = tf.matMul(tf.concat([dy, taken], 3), tf.concat([values, ones], 3), false, true);
    const dLikeness = tf.mul(shares, dShares);
    const scale = scaleOf(queries);
    return {
      queries: () => tf.matMul(dLikeness, tf.mul(keys, scale)),
      keys: () => tf.matMul(dLikeness, tf.mul(queries, scale), true, false),
      values: () => tf.matMul(shares, dy, true, false),
    };
  },
});
