import { tf } from '../backend/tf.js';
import { convolution, dense, normalization } from './layers.js';
import type { Weights } from './network.js';

/**
 * A residual block with its activations before its convolutions (He et al. 2016, arXiv 1603.05027), told the level by
 * adaptive group normalisation (Dhariwal and Nichol 2021, arXiv 2105.05233, section 3):
 *
 *   h = conv₁(silu(norm₁(x))),   y = x + conv₂(silu(norm₂(h)·(1 + s) + b)),
 *
 * where s and b, one number per image and channel, are a linear function of the embedding e. conv₂ starts at zero, so
 * that the block starts as the identity: a deep network is easy to train when it starts as a shallow one.
 * @param shape.width the channels of x and y; `groups` must divide it
 * @param shape.embedding the length of e
 * @returns the block, a function of x `[batch, height, width, channels]` and e `[batch, embedding]`
 */
export function residualBlock(
  weights: Weights,
  name: string,
  { width, groups, embedding }: { width: number; groups: number; embedding: number },
): (x: tf.Tensor4D, e: tf.Tensor2D) => tf.Tensor4D {
  const norm1 = normalization(weights, `${name}.norm1`, { channels: width, groups });
  const conv1 = convolution(weights, `${name}.conv1`, { side: 3, inputs: width, outputs: width });
  const norm2 = normalization(weights, `${name}.norm2`, { channels: width, groups });
  // A small gain: every level starts with a scale near 1 and a shift near 0.
  const modulation = dense(weights, `${name}.level`, { inputs: embedding, outputs: 2 * width, gain: 0.1 });
  const conv2 = convolution(weights, `${name}.conv2`, { side: 3, inputs: width, outputs: width, gain: 0 });

  return (x, e) =>
    tf.tidy(() => {
      const [scale, shift] = tf.split(modulation(e), 2, 1) as tf.Tensor2D[];
      const h = conv1(norm1(x));
      return tf.add(x, conv2(norm2(h, { scale, shift })));
    });
}
