import { affine } from '../backend/affine.js';
import { conv2d, groupNorm } from '../backend/ops.js';
import { tf } from '../backend/tf.js';
import { sides, type Weights } from './network.js';

/** The side of a square filter, or its height and width. */
export type Side = number | readonly [height: number, width: number];

/*
 * Layers as functions that hold their weights. `gain` is that of Weights.normal: 1 keeps the variance of what comes in,
 * 0 starts the layer at zero. Biases start at zero.
 */

/**
 * A convolution with bias: `[batch, height, width, inputs]` → `[batch, ⌈height/stride⌉, ⌈width/stride⌉, outputs]`. The
 * filter is a square of this side, or has this height and width.
 */
export function convolution(
  weights: Weights,
  name: string,
  {
    side,
    inputs,
    outputs,
    stride = 1,
    gain = 1,
  }: { side: Side; inputs: number; outputs: number; stride?: 1 | 2; gain?: number },
): (x: tf.Tensor4D) => tf.Tensor4D {
  const [height, width] = sides(side);
  const filter = weights.normal(`${name}.filter`, [height, width, inputs, outputs], {
    fanIn: height * width * inputs,
    gain,
  }) as tf.Variable<tf.Rank.R4>;
  const bias = weights.constant(`${name}.bias`, [outputs], 0) as tf.Variable<tf.Rank.R1>;
  return (x) => conv2d(x, filter, bias, { stride });
}

/**
 * What a normalisation is told for each image and channel, `[batch, channels]`: its result is multiplied by 1 + scale,
 * and shift is added.
 */
export interface Modulation {
  scale: tf.Tensor2D;
  shift: tf.Tensor2D;
}

/**
 * Group normalisation with a scale that starts at 1 and an offset that starts at 0, then the modulation if there is
 * one, then the activation.
 */
export function normalization(
  weights: Weights,
  name: string,
  { channels, groups, activation = 'silu' }: { channels: number; groups: number; activation?: 'linear' | 'silu' },
): (x: tf.Tensor4D, modulation?: Modulation) => tf.Tensor4D {
  const scale = weights.constant(`${name}.scale`, [channels], 1) as tf.Variable<tf.Rank.R1>;
  const offset = weights.constant(`${name}.offset`, [channels], 0) as tf.Variable<tf.Rank.R1>;
  return (x, modulation) => {
    if (!modulation) return groupNorm(x, scale, offset, { groups, activation });
    // (x̂·scale + offset)·(1 + s) + b, with both multiplications done where numbers are few.
    const gain = tf.add(modulation.scale, 1);
    return groupNorm(x, tf.mul(gain, scale), tf.add(tf.mul(gain, offset), modulation.shift), { groups, activation });
  };
}

/** A dense layer: `[rows, inputs]` → `[rows, outputs]`. */
export function dense(
  weights: Weights,
  name: string,
  { inputs, outputs, gain = 1 }: { inputs: number; outputs: number; gain?: number },
): (x: tf.Tensor2D) => tf.Tensor2D {
  const matrix = weights.normal(`${name}.matrix`, [inputs, outputs], { fanIn: inputs, gain });
  const bias = weights.constant(`${name}.bias`, [outputs], 0);
  return (x) => affine(x, matrix as tf.Variable<tf.Rank.R2>, bias as tf.Variable<tf.Rank.R1>);
}
