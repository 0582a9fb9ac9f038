import { uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { fromPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import { reveal } from '../degradations/hide.js';
import type { CategoricalDenoiser } from '../networks/categorical.js';
import type { Images, Key } from '../types.js';

/** One prediction of the categorical sampler, and what is drawn from it. */
export interface Look {
  /** The pixels of ranks from `first` up to but not including `end` are hidden from the network. */
  first: number;
  end: number;
  /** Of those, the ones from rank `keep` on are drawn. */
  keep: number;
  /** Logits are divided by it. */
  temperature: number;
  /** A pixel is drawn only if the probability of the colour that it has is below this; 1 draws all. */
  below: number;
  /** The share of the pixels that is still hidden afterwards. */
  t: number;
  /** Whether the pixels are put into a new order first. */
  inNewOrder?: boolean;
  /** Whether the hidden pixels are put into an order by what the network says of them: the surest first. */
  surest?: boolean;
}

/** The images as the numbers of their colours, and the place of each pixel in the order. */
export type Pixels = { colours: tf.Tensor3D; rank: tf.Tensor3D };

/**
 * The colours after a look, the place of each pixel where it may have changed, the images with hidden pixels in grey,
 * and with the mean of what they could be.
 */
export type Looked = { colours: tf.Tensor3D; rank?: tf.Tensor3D; z: Images; x0: Images };

/**
 * The step of the categorical sampler as a function of tensors, to be compiled: of a key, the pixels, and the numbers
 * first, end, keep, temperature and below of a {@link Look}, and 1 where it is `surest`, else 0.
 * @param reorders whether any look may be `surest`: to order the pixels takes time
 */
export function lookAndDraw(network: CategoricalDenoiser, [height, width]: [number, number], reorders: boolean) {
  const { palette } = network;
  return (stepKey: Key, { colours, rank: before }: Pixels, numbers: tf.Tensor1D): Looked => {
    const [first, end, keep, temperature, below, surest] = tf.unstack(numbers);
    const hidden = tf.logicalAnd(tf.greaterEqual(before, first), tf.less(before, end));
    const share = tf.div(tf.sub(end, first), height * width);
    const t = tf.tile<tf.Tensor1D>(tf.reshape(share, [1]), [colours.shape[0]]);

    const known = fromPalette(colours, palette);
    const shown = tf.expandDims<tf.Tensor4D>(tf.sub(1, tf.cast(hidden, 'float32')), 3);
    const logits = network(reveal(known, shown), t);
    const probabilities = tf.softmax(logits);
    const rank = reorders ? tf.where(tf.greater(surest, 0), byDoubt(logits, hidden), before) : before;

    const drawn = draw(stepKey, tf.softmax(tf.div(logits, temperature)) as tf.Tensor4D);
    const isToBeDrawn = tf.logicalAnd(hidden, tf.greaterEqual(rank, keep));
    const ofCurrent = tf.sum(tf.mul(probabilities, tf.oneHot(colours, palette.length)), 3);
    const isDoubtful = tf.logicalOr(tf.greaterEqual(below, 1), tf.less(ofCurrent, below));
    const next = tf.where(tf.logicalAnd(isToBeDrawn, isDoubtful), drawn, colours);

    // Pixels below `keep` are still hidden: grey in z.
    const isVisible = tf.logicalOr(tf.logicalNot(hidden), tf.greaterEqual(rank, keep));
    const visible = tf.expandDims(tf.cast(isVisible, 'float32'), 3);
    const flat = tf.reshape<tf.Rank.R2>(probabilities, [-1, palette.length]);
    const mean = tf.reshape(tf.matMul(flat, tf.tensor2d(palette as number[][])), known.shape);
    return {
      colours: next,
      ...(reorders && { rank }),
      z: tf.add(tf.mul(fromPalette(next, palette), visible), tf.mul(0.5, tf.sub(1, visible))) as Images,
      x0: tf.add(tf.mul(known, shown), tf.mul(mean, tf.sub(1, shown))) as Images,
    };
  };
}

/**
 * The place of each pixel when they stand in the order of the entropy of their predicted colours: 0 for the hidden one
 * that is most in doubt. Those that are revealed come last.
 */
function byDoubt(logits: tf.Tensor4D, hidden: tf.Tensor): tf.Tensor3D {
  const logs = tf.logSoftmax(logits);
  const entropy = tf.neg(tf.sum(tf.mul(tf.exp(logs), logs), 3));
  const doubt = tf.where(hidden, entropy, tf.fill(entropy.shape, -1));
  return tf.reshape(ranks(tf.reshape(doubt, [logits.shape[0], -1])), entropy.shape as [number, number, number]);
}

/**
 * One of n numbers for each pixel, by the inverse of the cumulative distribution: `[batch, height, width, n]` → int32
 * `[batch, height, width]`.
 */
function draw(key: Key, probabilities: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, n] = probabilities.shape;
  const cumulative = tf.cumsum(probabilities, 3);
  const total = tf.slice(cumulative, [0, 0, 0, n - 1], [-1, -1, -1, 1]); // 1 but for rounding
  const threshold = tf.mul(uniform(key, [batch, height, width, 1]), total);
  const passed = tf.lessEqual(tf.slice(cumulative, 0, [batch, height, width, n - 1]), threshold);
  return tf.sum(tf.cast(passed, 'int32'), 3);
}
