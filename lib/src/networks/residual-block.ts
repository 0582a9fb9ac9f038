import { tf } from '../backend/tf.js';
import { convolution, dense, normalization } from './layers.js';
import type { Weights } from './network.js';

/** The shape of a {@link residualBlock}. */
export interface ResidualBlockShape {
  /** The channels of x and y; `groups` must divide it. */
  width: number;
  /** Groups of each group normalisation. */
  groups: number;
  /** The length of the embedding e; a block that is told nothing leaves it out. */
  embedding?: number;
  /**
   * How e is told: true (the default) scales and shifts after the second normalisation; false adds a linear function of
   * e before it.
   */
  adaptive?: boolean;
  /** The gain of the first convolution: 1 by default. */
  gain?: number;
  /** The side of the filters, or their height and width: 3 by default. */
  side?: number | readonly [height: number, width: number];
}

/**
 * A residual block with its activations before its convolutions (He et al. 2016, arXiv 1603.05027), told the level by
 * adaptive group normalisation (Dhariwal and Nichol 2021, arXiv 2105.05233, section 3):
 *
 *   h = conv₁(silu(norm₁(x))),   y = x + conv₂(silu(norm₂(h)·(1 + s) + b)),
 *
 * where s and b, one number per image and channel, are a linear function of the embedding e, or 0 without one. Not
 * adaptive, it is told as in Ho et al. 2020 (arXiv 2006.11239, appendix B): y = x + conv₂(silu(norm₂(h + b))). conv₂
 * starts at zero, so that the block starts as the identity: a deep network is easy to train when it starts as a shallow
 * one.
 * @returns the block, a function of x `[batch, height, width, channels]` and e `[batch, embedding]`
 */
export function residualBlock(
  weights: Weights,
  name: string,
  { width, groups, embedding, adaptive = true, gain = 1, side = 3 }: ResidualBlockShape,
): (x: tf.Tensor4D, e?: tf.Tensor2D) => tf.Tensor4D {
  const norm1 = normalization(weights, `${name}.norm1`, { channels: width, groups });
  const conv1 = convolution(weights, `${name}.conv1`, { side, inputs: width, outputs: width, gain });
  const norm2 = normalization(weights, `${name}.norm2`, { channels: width, groups });
  // A small gain: every level starts with a scale near 1 and a shift near 0.
  const told = adaptive ? { outputs: 2 * width, gain: 0.1 } : { outputs: width, gain: 1 };
  const modulate = embedding && dense(weights, `${name}.level`, { inputs: embedding, ...told });
  const conv2 = convolution(weights, `${name}.conv2`, { side, inputs: width, outputs: width, gain: 0 });

  return (x, e) =>
    tf.tidy(() => {
      const h = conv1(norm1(x));
      if (!modulate) return tf.add(x, conv2(norm2(h)));
      if (!adaptive) return tf.add(x, conv2(norm2(tf.add(h, tf.reshape(modulate(e!), [-1, 1, 1, width])))));
      const [scale, shift] = tf.split(modulate(e!), 2, 1) as tf.Tensor2D[];
      return tf.add(x, conv2(norm2(h, { scale, shift })));
    });
}
