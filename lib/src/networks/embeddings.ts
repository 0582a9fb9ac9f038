import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { dense } from './layers.js';
import type { Weights } from './network.js';

/**
 * t in [0, 1] becomes a position from 0 to this; diffusion in 1,000 numbered steps counts the same way (Ho et al.
 * 2020).
 */
const POSITIONS = 1000;
/** The ratio between the fastest and the slowest frequency, were there infinitely many (Vaswani et al. 2017). */
const RANGE = 10_000;

/**
 * The level as sines and cosines of many frequencies, so that a network can tell near levels apart as easily as distant
 * ones (Vaswani et al. 2017, arXiv 1706.03762, section 3.5, with the position 1000·t and all sines before all cosines):
 *
 *   e_i = sin(ω_i·t),   e_{i + width/2} = cos(ω_i·t),   ω_i = 1000 / 10000^(2i/width),   i = 0 … width/2 − 1.
 *
 * The fastest wave repeats after 0.0063 in t; the slowest, with ω a little above 0.1, hardly moves.
 * @param t the level of each image, `[batch]`
 * @param width how many numbers to return for each: even, at least 2
 * @returns `[batch, width]`, each in [−1, 1]
 * @throws {RangeError} when `t` is not a list of numbers or `width` is odd
 */
export function sinusoidalEmbedding(t: tf.Tensor1D, width: number): tf.Tensor2D {
  if (t.rank !== 1) throw new RangeError(`sinusoidalEmbedding: t must have shape [batch], got [${t.shape}]`);
  if (!Number.isInteger(width) || width < 2 || width % 2 !== 0)
    throw new RangeError(`sinusoidalEmbedding: width must be an even whole number above 0, got ${width}`);
  return tf.tidy(() => {
    const half = width / 2;
    const frequencies = tf.tensor2d(
      Array.from({ length: half }, (_, i) => POSITIONS / RANGE ** (i / half)),
      [1, half],
    );
    const angles = tf.mul(tf.reshape(t, [t.shape[0], 1]), frequencies);
    return tf.concat2d([tf.sin(angles), tf.cos(angles)] as tf.Tensor2D[], 1);
  });
}

/** The sinusoids of the level through one dense layer with SiLU: `[batch]` → `[batch, width]`. */
export function levelEmbedding(
  weights: Weights,
  name: string,
  { width }: { width: number },
): (t: tf.Tensor1D) => tf.Tensor2D {
  const layer = dense(weights, name, { inputs: width, outputs: width, gain: 2 });
  return (t) => silu(layer(sinusoidalEmbedding(t, width)));
}
