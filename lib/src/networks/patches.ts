import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import { forTokens } from './attention.js';
import { dense } from './layers.js';
import type { Weights } from './network.js';

/** The way from images to tokens and back. */
export interface Patches {
  /** `[batch, height, width, channels]` → `[batch, tokens, width]`: a token for each patch, row by row. */
  tokens(x: tf.Tensor4D): tf.Tensor3D;
  /** Tokens to images of this height and width: `[batch, tokens, width]` → `[batch, height, width, outputs]`. */
  images(x: tf.Tensor3D, size: readonly [height: number, width: number]): tf.Tensor4D;
}

/**
 * Cuts images into square patches and makes a token of each, by a linear function of its values (Dosovitskiy et al.
 * 2021, arXiv 2010.11929, eq. 1), and tokens into patches again (Peebles and Xie 2023, arXiv 2212.09748, section 3.2).
 * @param options.patch the side of a patch, which must divide height and width of the images
 * @param options.channels of the images
 * @param options.width the channels of a token
 * @param options.outputs the channels of the images that tokens become: `channels` when left out
 * @param options.gain of the way back: 0 when left out, so that it starts with images of 0
 * @throws {RangeError} when patch is no whole number above 0; (its functions) when it does not divide the sides
 */
export function patches(
  weights: Weights,
  name: string,
  {
    patch,
    channels,
    width,
    outputs = channels,
    gain = 0,
  }: { patch: number; channels: number; width: number; outputs?: number; gain?: number },
): Patches {
  checkWhole('patches', 'patch', patch);
  const there = forTokens(dense(weights, `${name}.in`, { inputs: patch * patch * channels, outputs: width }));
  const back = forTokens(dense(weights, `${name}.out`, { inputs: width, outputs: patch * patch * outputs, gain }));
  const counted = (height: number, across: number): [rows: number, columns: number] => {
    if (height % patch === 0 && across % patch === 0) return [height / patch, across / patch];
    throw new RangeError(`patches: patch must divide height and width, ${height} and ${across}, got ${patch}`);
  };
  return {
    tokens: (x) =>
      tf.tidy(() => {
        const [batch, height, across] = x.shape;
        const [rows, columns] = counted(height, across);
        const cut = tf.transpose(tf.reshape(x, [batch, rows, patch, columns, patch, channels]), [0, 1, 3, 2, 4, 5]);
        return there(tf.reshape(cut, [batch, rows * columns, patch * patch * channels]));
      }),
    images: (x, [height, across]) =>
      tf.tidy(() => {
        const [rows, columns] = counted(height, across);
        const cut = tf.reshape(back(x), [x.shape[0], rows, columns, patch, patch, outputs]);
        return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4, 5]), [x.shape[0], height, across, outputs]);
      }),
  };
}
