import { tf } from '../backend/tf.js';
import { dense } from './layers.js';
import type { Weights } from './network.js';

/**
 * Every value of a feature map meets every other, through a hidden layer; the result is added to the features:
 * y = x + outer(W₂·inner(W₁·x)). It may be told an embedding e: y = x +
 * outer(W₂·inner(W₁·x + W₃·e)).
 * @param options.values how many values a feature map has
 * @param options.hidden the width of the hidden layer
 * @param options.inner, options.outer the activations
 * @param options.embedding the length of e; a block that is told nothing leaves it out
 * @param options.gain of the second layer: 0 starts the block as the identity
 */
export function denseBlock(
  weights: Weights,
  name: string,
  {
    values,
    hidden,
    inner,
    outer,
    embedding,
    gain,
  }: {
    values: number;
    hidden: number;
    inner: (x: tf.Tensor2D) => tf.Tensor2D;
    outer?: (x: tf.Tensor2D) => tf.Tensor2D;
    embedding?: number;
    gain: number;
  },
): (x: tf.Tensor4D, seen?: tf.Tensor4D, e?: tf.Tensor2D) => tf.Tensor4D {
  const inward = dense(weights, `${name}.in`, { inputs: values, outputs: hidden, gain: 2 });
  const outward = dense(weights, `${name}.out`, { inputs: hidden, outputs: values, gain });
  const told = embedding && dense(weights, `${name}.told`, { inputs: embedding, outputs: hidden });
  return (x, seen = x, e) => {
    const within = inward(tf.reshape<tf.Rank.R2>(seen, [x.shape[0], values]));
    const met = outward(inner(told && e ? tf.add(within, told(e)) : within));
    return tf.add(x, tf.reshape(outer ? outer(met) : met, x.shape));
  };
}
