import { tf } from '../backend/tf.js';
import { coin, splitKey, uniform } from '../backend/random.js';
import { checkWhole } from '../check.js';
import type { Images, Key, Spec } from '../types.js';
import { largest } from './chance.js';

/** A degradation that can only be walked, one small random step after the other. */
export interface Walk {
  /** What makes it again; absent where plain data cannot say it. */
  readonly spec?: Spec;
  /** The images one step further on. The same key and images give the same result. */
  step(key: Key, z: Images): Images;
}

/**
 * Binomial noise: each step picks `pixels` different pixels of every image and turns each black or white with
 * probability one half, the same in all channels. A later step may pick the same pixels again, so some stay untouched
 * for long: a share of (1 − k/n)^t of n pixels after t steps of k.
 * @param options.pixels k, the number of pixels a step, from 1 to all of them
 * @throws {RangeError} when k is no such number
 */
export function binomialWalk({ pixels }: { pixels: number }): Walk {
  checkWhole('binomialWalk', 'pixels', pixels);
  return {
    spec: { kind: 'binomialWalk', pixels },
    step: (key, z) =>
      tf.tidy(() => {
        const [batch, height, width] = z.shape;
        if (pixels > height * width)
          throw new RangeError(
            `binomialWalk: pixels must be at most ${height * width} for images of ${height}×${width}, got ${pixels}`,
          );
        const [where, which] = splitKey(key, 2);
        const picked = pick(where, batch, height * width, pixels).reshape<tf.Tensor4D>([batch, height, width, 1]);
        const colour = coin(which, [batch, height, width, 1]);
        return tf.add(tf.mul(z, tf.sub(1, picked)), tf.mul(colour, picked)) as Images;
      }),
  };
}

/** The end of a long binomial walk: every pixel black or white with probability one half, the same in all channels. */
export function binomialNoise(key: Key, shape: number[]): Images {
  const [batch, height, width, channels] = shape;
  return tf.tidy(() => tf.tile(coin(key, [batch, height, width, 1]) as Images, [1, 1, 1, channels]));
}

/** 1 at `count` of `n` places in each row, 0 elsewhere: the places of the `count` largest of n random numbers. */
function pick(key: Key, rows: number, n: number, count: number): tf.Tensor2D {
  return largest(uniform(key, [rows, n]), count);
}
