import { affine } from '../backend/affine.js';
import { gatedSum } from '../backend/gated-sum.js';
import { scaledGelu } from '../backend/gelu.js';
import { normalizeLast } from '../backend/layer-norm.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { attention, forTokens } from './attention.js';
import { dense } from './layers.js';
import type { Weights } from './network.js';

/**
 * Layer normalisation over the last axis, without weights of its own (Ba et al. 2016, arXiv 1607.06450, eq. 4): (x −
 * mean)/√(variance + epsilon).
 * @param options.epsilon 1e-6 when left out
 */
export function layerNormalization<T extends tf.Tensor>(x: T, { epsilon = EPSILON }: { epsilon?: number } = {}): T {
  return normalizeLast(x, epsilon);
}

const EPSILON = 1e-6;

/** A block of tokens that is told the level: x `[batch, tokens, width]`, e `[batch, embedding]` → like x. */
export interface TransformerBlock {
  (x: tf.Tensor3D, e: tf.Tensor2D): tf.Tensor3D;
  /** What each token looks at: `[batch, heads, from, to]`, each row of sum 1. */
  maps(x: tf.Tensor3D, e: tf.Tensor2D): tf.Tensor4D;
}

/**
 * A block of a diffusion transformer, told the level by adaptive layer normalisation that starts at zero (Peebles and
 * Xie 2023, arXiv 2212.09748, section 3.2, adaLN-Zero): with norm(x, s, b) = norm(x)·(1 + s) + b,
 *
 *   h = x + g₁·attention(norm(x, s₁, b₁)),   y = h + g₂·mlp(norm(h, s₂, b₂)),
 *
 * where all of s, b and g are linear functions of silu(e) that start at 0, so that the block starts as the identity.
 * The multilayer perceptron has `ratio` times as many channels within, and the activation GELU.
 * @param options.width the channels of a token
 * @param options.heads of the attention, which must divide width: 1 when left out
 * @param options.embedding the length of e
 * @param options.ratio 4 when left out
 * @returns the block, a function of x `[batch, tokens, width]` and e `[batch, embedding]`
 * @throws {RangeError} when heads do not divide the width
 */
export function transformerBlock(
  weights: Weights,
  name: string,
  { width, heads = 1, embedding, ratio = 4 }: { width: number; heads?: number; embedding: number; ratio?: number },
): TransformerBlock {
  const look = attention(weights, `${name}.attention`, { width, heads });
  const think = forTokens(perceptron(weights, name, { width, ratio, gain: 1 }));
  const modulate = dense(weights, `${name}.level`, { inputs: embedding, outputs: 6 * width, gain: 0 });
  const tell = (e: tf.Tensor2D) => tf.split(modulate(silu(e)), 6, 1) as tf.Tensor2D[];
  const block = (x: tf.Tensor3D, e: tf.Tensor2D) =>
    tf.tidy(() => {
      const [s1, b1, g1, s2, b2, g2] = tell(e);
      const h = gatedSum(x, g1, look(adapted(x, s1, b1)));
      return gatedSum(h, g2, think(adapted(h, s2, b2)));
    });
  const maps = (x: tf.Tensor3D, e: tf.Tensor2D) =>
    tf.tidy(() => {
      const [s1, b1] = tell(e);
      return look.maps(adapted(x, s1, b1));
    });
  return Object.assign(block, { maps });
}

/** Adaptive layer normalisation of x `[batch, …, width]`: norm(x)·(1 + s) + b, with s and b `[batch, width]`. */
export function adapted<T extends tf.Tensor>(x: T, s: tf.Tensor2D, b: tf.Tensor2D): T {
  return normalizeLast(x, EPSILON, { scale: s, shift: b });
}

/**
 * A block of ConvNeXt (Liu et al. 2022, arXiv 2201.03545, section 2 and figure 4), which may be told the level: each
 * channel is convolved alone, with filters of side 7; each pixel is then normalised, and goes through a multilayer
 * perceptron of `ratio` times as many channels with the activation GELU,
 *
 *   y = x + narrow(gelu(widen(norm(depthwise(x))·(1 + s) + b))),
 *
 * where s and b, one number per image and channel, are a linear function of the embedding e, or 0 without one. `narrow`
 * starts at zero, in the place of their small scale, so that the block starts as the identity.
 * @param options.width the channels of x and y
 * @param options.embedding the length of e; a block that is told nothing leaves it out
 * @param options.side of the filters: 7 when left out
 * @param options.ratio 4 when left out
 * @returns the block, a function of x `[batch, height, width, channels]` and e `[batch, embedding]`
 */
export function convNextBlock(
  weights: Weights,
  name: string,
  { width, embedding, side = 7, ratio = 4 }: { width: number; embedding?: number; side?: number; ratio?: number },
): (x: tf.Tensor4D, e?: tf.Tensor2D) => tf.Tensor4D {
  const filter = weights.normal(`${name}.depthwise.filter`, [side, side, width, 1], { fanIn: side * side, gain: 1 });
  const bias = weights.constant(`${name}.depthwise.bias`, [width], 0);
  const modulate = embedding && dense(weights, `${name}.level`, { inputs: embedding, outputs: 2 * width, gain: 0.1 });
  const think = perceptron(weights, name, { width, ratio, gain: 0 });
  return (x, e) =>
    tf.tidy(() => {
      const apart = tf.add<tf.Tensor4D>(tf.depthwiseConv2d(x, filter as tf.Variable<tf.Rank.R4>, 1, 'same'), bias);
      const [s, b] = modulate ? (tf.split(modulate(e!), 2, 1) as tf.Tensor2D[]) : [];
      const h = modulate ? adapted(apart, s, b) : layerNormalization(apart);
      return tf.add(x, tf.reshape(think(tf.reshape(h, [-1, width])), x.shape));
    });
}

/**
 * narrow(gelu(widen(x))) for rows, with `ratio` times as many channels within. What GELU scales by √½ before and after
 * is scaled in the matrices, where numbers are few.
 */
export function perceptron(
  weights: Weights,
  name: string,
  { width, ratio, gain }: { width: number; ratio: number; gain: number },
): (x: tf.Tensor2D) => tf.Tensor2D {
  const weightsOf = (part: string, inputs: number, outputs: number, gain: number) => ({
    matrix: weights.normal(`${name}.${part}.matrix`, [inputs, outputs], { fanIn: inputs, gain }) as tf.Tensor2D,
    bias: weights.constant(`${name}.${part}.bias`, [outputs], 0) as tf.Tensor1D,
  });
  const widen = weightsOf('widen', width, ratio * width, 2);
  const narrow = weightsOf('narrow', ratio * width, width, gain);
  return (x) => {
    const wide = affine(x, tf.mul(widen.matrix, Math.SQRT1_2));
    const within = scaledGelu(wide, tf.mul<tf.Tensor1D>(widen.bias, Math.SQRT1_2));
    return affine(within, tf.mul(narrow.matrix, Math.SQRT1_2), narrow.bias);
  };
}
