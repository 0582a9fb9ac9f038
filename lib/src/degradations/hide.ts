import { splitKey, uniform } from '../backend/random.js';
import { placesOf } from '../backend/share.js';
import { tf } from '../backend/tf.js';
import type { Images, Key } from '../types.js';
import { ranks } from './chance.js';

/**
 * Partly hidden images, as a `CategoricalDenoiser` takes them: like images with an alpha channel, 0 in all channels
 * where a pixel is hidden, and its colour and a 1 where it is revealed.
 * @param images `[batch, height, width, channels]`
 * @param revealed `[batch, height, width, 1]`: 1 where a pixel is revealed, 0 where it is hidden
 * @returns `[batch, height, width, channels + 1]`
 */
export function reveal(images: Images, revealed: tf.Tensor4D): Images {
  return tf.tidy(() => tf.concat4d([tf.mul<Images>(images, revealed), revealed], 3));
}

/** Which pixels are hidden, as {@link hide} chooses them. */
export interface Hidden {
  /** `[batch, height, width, 1]`: 1 where a pixel is revealed, 0 where it is hidden. */
  revealed: tf.Tensor4D;
  /** The share of the pixels that is hidden, `[batch]`. */
  t: tf.Tensor1D;
  /**
   * `[batch, height, width]`: they make a sum over the hidden pixels of a batch the mean, over its images, of the mean
   * over the hidden pixels of each.
   */
  weights: tf.Tensor3D;
}

/**
 * Chooses which pixels are hidden: in each image from 1 to all of them, every number equally likely. The shares in a
 * batch are spread evenly over all shares (Kingma et al. 2021, arXiv 2107.00630, appendix I.1).
 */
export function hide(key: Key, [batch, height, width]: [number, number, number]): Hidden {
  return tf.tidy(() => {
    const [level, order] = splitKey(key, 2);
    const pixels = height * width;
    const { rows, whole } = placesOf(batch);
    const spread = tf.mod(tf.add(uniform(level, []), tf.div(tf.tensor1d([...rows]), whole)), 1);
    const count = tf.minimum(tf.add(tf.floor(tf.mul(spread, pixels)), 1), pixels);
    const rank = ranks(uniform(order, [batch, pixels]));
    const hidden = tf.cast(tf.less(rank, tf.reshape(count, [batch, 1])), 'float32');
    const weights = tf.div(hidden, tf.mul(tf.reshape(count, [batch, 1]), batch));
    return {
      revealed: tf.reshape<tf.Rank.R4>(tf.sub(1, hidden), [batch, height, width, 1]),
      t: tf.div<tf.Tensor1D>(count, pixels),
      weights: tf.reshape<tf.Rank.R3>(weights, [batch, height, width]),
    };
  });
}
