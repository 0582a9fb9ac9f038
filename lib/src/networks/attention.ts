import { attendTokens, joinHeads, splitHeads } from '../backend/attention.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import { dense } from './layers.js';
import type { Weights } from './network.js';

/**
 * A layer of attention of tokens to each other: `[batch, tokens, width]` → the same. With `there`, `[batch, tokens]`,
 * nobody looks at the tokens where it is 0.
 */
export interface Attention {
  (x: tf.Tensor3D, there?: tf.Tensor2D): tf.Tensor3D;
  /** What each token looks at: `[batch, heads, from, to]`, each row of sum 1. */
  maps(x: tf.Tensor3D, there?: tf.Tensor2D): tf.Tensor4D;
}

/** Queries, keys and values, `[batch, tokens, width]` each; each head has neighbouring channels of all. */
export interface AttendOptions {
  queries: tf.Tensor3D;
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
  heads: number;
  /** 1 for what may be looked at, and 0 for what may not, `[batch, to]`; all may when left out. */
  there?: tf.Tensor2D;
}

/**
 * Attention (Vaswani et al. 2017, arXiv 1706.03762, eq. 1 and section 3.2.2): in each head, a token's output is the
 * mean of the values, weighed by softmax(q·kᵀ/√(width/heads)).
 * @returns the outputs `[batch, from, width]`, and the weights `[batch, heads, from, to]`
 * @throws {RangeError} when heads do not divide the width
 */
export function attend({ queries, keys, values, heads, there }: AttendOptions): {
  output: tf.Tensor3D;
  maps: tf.Tensor4D;
} {
  const width = queries.shape[2];
  checkHeads('attend', heads, width);
  const [output, maps] = tf.tidy(() => {
    const [q, k, v] = [queries, keys, values].map((each) => splitHeads(each, heads));
    const likeness = tf.mul(tf.matMul(q, k, false, true), Math.sqrt(heads / width));
    const weights = tf.softmax(there ? tf.sub(likeness, hidden(there)) : likeness);
    return [joinHeads(tf.matMul(weights, v)), weights] as [tf.Tensor3D, tf.Tensor4D];
  });
  return { output, maps };
}

/**
 * Attention of tokens to each other, its queries, keys, values and outputs being linear functions with weights.
 * @param options.width the channels of a token
 * @param options.heads how many heads share them: 1 when left out
 * @param options.gain of the outputs: 1 when left out, 0 starts the layer at zero
 * @throws {RangeError} when heads do not divide the width
 */
export function attention(
  weights: Weights,
  name: string,
  { width, heads = 1, gain = 1 }: { width: number; heads?: number; gain?: number },
): Attention {
  checkHeads('attention', heads, width);
  const ask = dense(weights, `${name}.in`, { inputs: width, outputs: 3 * width });
  const answer = dense(weights, `${name}.out`, { inputs: width, outputs: width, gain });
  const look = (x: tf.Tensor3D, there?: tf.Tensor2D) =>
    tf.tidy(() => {
      const asked = forTokens(ask)(x);
      if (!there) return forTokens(answer)(attendTokens(asked, heads));
      const [queries, keys, values] = tf.split(asked, 3, 2) as tf.Tensor3D[];
      return forTokens(answer)(attend({ queries, keys, values, heads, there }).output);
    });
  const maps = (x: tf.Tensor3D, there?: tf.Tensor2D) =>
    tf.tidy(() => {
      const [queries, keys, values] = tf.split(forTokens(ask)(x), 3, 2) as tf.Tensor3D[];
      return attend({ queries, keys, values, heads, there }).maps;
    });
  return Object.assign(look, { maps });
}

/** What is taken from the likeness to tokens that are not there: so much that nothing of them is left. */
function hidden(there: tf.Tensor2D): tf.Tensor4D {
  return tf.mul(tf.sub(1, tf.reshape<tf.Rank.R4>(there, [there.shape[0], 1, 1, there.shape[1]])), 1e9);
}

/** A layer for rows, for each token: `[batch, tokens, inputs]` → `[batch, tokens, outputs]`. */
export function forTokens(layer: (x: tf.Tensor2D) => tf.Tensor2D): (x: tf.Tensor3D) => tf.Tensor3D {
  return (x) => {
    const [batch, tokens, width] = x.shape;
    return tf.reshape(layer(tf.reshape(x, [batch * tokens, width])), [batch, tokens, -1]);
  };
}

/** Heads must share the width evenly. */
export function checkHeads(caller: string, heads: number, width: number): void {
  checkWhole(caller, 'heads', heads);
  if (width % heads !== 0) throw new RangeError(`${caller}: heads must divide the width, ${width}, got ${heads}`);
}
