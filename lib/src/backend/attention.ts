import { kernel } from './differentiable.js';
import { isFused } from './fused.js';
import { nativeOp, nativeOps } from './native-op.js';
import { tf } from './tf.js';

/**
 * Attention of tokens to each other, softmax(q·kᵀ/√depth)·v in each head.
 * @param x `[batch, tokens, 3·width]`: the queries of all heads, then their keys, then their values; in each, the
 * `depth = width/heads` channels of a head lie together
 * @returns `[batch, tokens, width]`, the heads side by side
 */
export function attendTokens(x: tf.Tensor3D, heads: number): tf.Tensor3D {
  if (isFused() && x.size > 0) return fusedKernel({ x }, { heads }) as tf.Tensor3D;
  return tf.tidy(() => {
    const [queries, keys, values] = tf.split(splitHeads(x, 3 * heads), 3, 1) as tf.Tensor4D[];
    return joinHeads(attendHeads(queries, keys, values));
  });
}

/** `[batch, tokens, width]` → `[batch, heads, tokens, width/heads]`. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[batch, heads, tokens, depth]` → `[batch, tokens, heads·depth]`. */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, tokens, depth] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * depth]);
}

/* In C++, which keeps two numbers for each head and query to compute the shares again, and not one for each pair. */
const fusedKernel = kernel<{ x: tf.Tensor }, { heads: number }>('NaiveDiffusionAttendTokens', {
  forward: ({ x }, { heads }) => nativeOps('NaiveDiffusionAttend', [x], { heads }, 2),
  saveInputs: ['x'],
  saveOutputs: ['y', 'statistics'],
  gradient: (dy, { x, y, statistics }, { heads }) => ({
    x: () => nativeOp('NaiveDiffusionAttendGrad', [dy, x, y, statistics], { heads }),
  }),
});

type Parts = { queries: tf.Tensor; keys: tf.Tensor; values: tf.Tensor };

/**
 * softmax(q·kᵀ/√depth)·v for queries, keys and values `[batch, heads, tokens, depth]`, with its gradient by hand. There
 * are far more shares, one for each pair of tokens, than anything else, so that what counts is how often they are
 * passed over: numbers are scaled where they are few, and what a softmax's gradient takes off each row, Σ share·dShare,
 * is Σ output·dOutput (Dao et al. 2022, arXiv 2205.14135, appendix B.2), and comes in as one more column of a product.
 */
function attendHeads(queries: tf.Tensor4D, keys: tf.Tensor4D, values: tf.Tensor4D): tf.Tensor4D {
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
