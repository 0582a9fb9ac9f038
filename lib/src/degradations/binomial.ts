import { coin, splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Degradation } from '../types.js';
import { ranks } from './chance.js';
import { pureDegradation } from './degradation.js';

/** What {@link binomial} decides by chance. */
export type BinomialDraw = {
  /**
   * The place of every pixel in the order in which noise reaches them, from 0 to h·w − 1: `[batch, height, width, 1]`.
   */
  rank: tf.Tensor4D;
  /** The colour that it gets then, 0 or 1: `[batch, height, width, 1]`. */
  colour: tf.Tensor4D;
};

/**
 * Binomial noise without replacement: at level t exactly t·h·w pixels of each image (rounded) are black or white with
 * probability one half, the same in all channels. Each image has a random order of its pixels, and noise takes them in
 * that order: what is noised at t is noised in the same colour at every later t.
 */
export function binomial(): Degradation<BinomialDraw> {
  return pureDegradation<BinomialDraw>('binomial', {
    draw: (key, [batch, height, width]) => {
      const [order, colours] = splitKey(key, 2);
      return {
        rank: ranks(uniform(order, [batch, height * width])).reshape([batch, height, width, 1]),
        colour: coin(colours, [batch, height, width, 1]),
      };
    },
    at: ({ rank, colour }, x0, t) => {
      const [, height, width] = x0.shape;
      const count = tf.floor(tf.add(tf.mul(t, height * width), 0.5));
      const noised = tf.cast(tf.less(rank, count), 'float32');
      return tf.add(tf.mul(x0, tf.sub(1, noised)), tf.mul(colour, noised));
    },
  });
}
