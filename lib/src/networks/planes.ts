import { coordinates } from '../backend/coordinates.js';
import { tf } from '../backend/tf.js';

/** Which facts a convolution is told beside the image. */
export interface Facts {
  /** The noise level, as a plane that is the same everywhere. */
  time: boolean;
  /**
   * Two planes: the vertical and the horizontal coordinate, from 0 at the top left to 1 (CoordConv, Liu et al. 2018).
   */
  coordinates: boolean;
}

/** How many planes {@link planes} makes. */
export function countPlanes({ time, coordinates }: Facts): number {
  return (time ? 1 : 0) + (coordinates ? 2 : 0);
}

/**
 * The extra channels for images of `height` × `width`: `[batch, height, width, countPlanes]`, or undefined when there
 * are none.
 * @param t the level of each image, `[batch]`
 */
export function planes(t: tf.Tensor1D, height: number, width: number, facts: Facts): tf.Tensor4D | undefined {
  const batch = t.shape[0];
  const parts: tf.Tensor4D[] = [];
  if (facts.time) parts.push(tf.tile(t.reshape<tf.Tensor4D>([batch, 1, 1, 1]), [1, height, width, 1]));
  if (facts.coordinates) parts.push(tf.tile(coordinates(height, width), [batch, 1, 1, 1]));
  return parts.length > 0 ? tf.concat4d(parts, 3) : undefined;
}

/**
 * The planes as a sum: those of level t are `share`·`parts`, with the parts the same for all images. A convolution is
 * linear, so that it may be applied to the one or two parts in the place of a batch of planes; its results are added in
 * the same shares. `[1 or 2, height, width, countPlanes]`: what does not depend on t, then, if the level is told, what
 * is multiplied by it.
 */
export function planeParts(height: number, width: number, { time, coordinates: place }: Facts): tf.Tensor4D {
  const level = (value: number) => (time ? [tf.fill([1, height, width, 1], value) as tf.Tensor4D] : []);
  const still = tf.concat4d([...level(0), ...(place ? [coordinates(height, width)] : [])], 3);
  if (!time) return still;
  const moving = tf.concat4d([...level(1), ...(place ? [tf.zeros<tf.Rank.R4>([1, height, width, 2])] : [])], 3);
  return tf.concat4d([still, moving], 0);
}
