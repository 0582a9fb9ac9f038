import { crossEntropy } from '../backend/cross-entropy.js';
import { splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { fromPalette, toPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import { reveal, type CategoricalNetwork } from '../networks/categorical.js';
import type { Key } from '../types.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainCategorical}. */
export interface CategoricalTraining extends TrainingOptions {
  /** A network that predicts the probabilities of the colours of its palette. */
  network: CategoricalNetwork;
}

/**
 * Training to predict what hidden pixels could be: of each image, hide a random set of pixels, from one to all of them,
 * every number equally likely, and take the cross-entropy of the predicted probabilities with the colours of the hidden
 * pixels. Its mean over the hidden pixels is the loss: on average over the sets it is the negative log-likelihood per
 * pixel of drawing the image pixel by pixel in a random order (Hoogeboom et al. 2021, arXiv 2110.02037, eq. 3 and
 * Algorithm 2), which is diffusion with an absorbing state (Austin et al. 2021, arXiv 2107.03006).
 * The shares hidden in the images of a batch are spread evenly over all shares (Kingma et al. 2021, arXiv 2107.00630,
 * appendix I.1).
 *
 * ```ts
 * for await (const { step, loss } of trainCategorical({ network, data, steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainCategorical(options: CategoricalTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, data } = options;
  if (network.predicts !== 'logits')
    throw new TypeError(`trainCategorical: network must predict 'logits', got '${String(network.predicts)}'`);
  const {
    palette,
    config: { channels },
  } = network;
  if (data.channels !== channels)
    throw new RangeError(
      `trainCategorical: data must have ${channels} channels, as the palette has, got ${data.channels}`,
    );
  return descend('trainCategorical', {
    ...options,
    objective: (key, x0) => {
      const colours = toPalette(x0, palette);
      const { revealed, t, weights } = hide(key, colours.shape);
      return crossEntropy(network(reveal(fromPalette(colours, palette), revealed), t), colours, weights);
    },
  });
}

/**
 * Chooses which pixels are hidden: in each image from 1 to all of them.
 * `weights` make a sum over the hidden pixels of a batch the mean, over its images, of the mean over the hidden pixels
 * of each.
 */
export function hide(
  key: Key,
  [batch, height, width]: [number, number, number],
): { revealed: tf.Tensor4D; t: tf.Tensor1D; weights: tf.Tensor3D } {
  return tf.tidy(() => {
    const [level, order] = splitKey(key, 2);
    const pixels = height * width;
    const spread = tf.mod(tf.add(uniform(level, [1]), tf.div(tf.range(0, batch), batch)), 1);
    const count = tf.minimum(tf.add(tf.floor(tf.mul(spread, pixels)), 1), pixels);
    const rank = ranks(uniform(order, [batch, pixels]));
    const hidden = tf.cast(tf.less(rank, tf.reshape(count, [batch, 1])), 'float32');
    const weights = tf.div(hidden, tf.mul(tf.reshape(count, [batch, 1]), batch));
    return {
      revealed: tf.reshape(tf.sub(1, hidden), [batch, height, width, 1]) as tf.Tensor4D,
      t: tf.div(count, pixels) as tf.Tensor1D,
      weights: tf.reshape(weights, [batch, height, width]) as tf.Tensor3D,
    };
  });
}
