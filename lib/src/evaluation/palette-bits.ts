import { listenForStop } from '../backend/interrupt.js';
import { uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { fromPalette, toPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import { reveal } from '../degradations/hide.js';
import { meanInterval, type Interval } from '../metrics/distributions.js';
import type { CategoricalDenoiser } from '../networks/categorical.js';
import { borrowCompiled } from '../networks/compiled.js';
import { Random } from '../random.js';
import type { Images, Key } from '../types.js';

/** Options of {@link paletteBits}. */
export interface PaletteBitsOptions {
  /** Says how probable each colour of its palette is for hidden pixels. */
  network: CategoricalDenoiser;
  /** The images whose bits are counted, in the nearest colours of the palette. */
  data: ImageSet;
  /** How often each image is looked at, with another share of its pixels hidden each time: 16 by default. */
  looks?: number;
  /** Images in a batch: 50 by default. */
  batchSize?: number;
  /** Of what is hidden. */
  seed?: number;
}

/**
 * How many bits an image takes, for each channel of each pixel, that is sent pixel by pixel in a random order by a
 * model that gives each colour of a palette a probability: −log p on average over the orders (Hoogeboom et al. 2021,
 * arXiv 2110.02037, eq. 2 and 3). Each look hides a random number of pixels and counts what one of them costs.
 *
 * These are bits of images in the colours of the palette: what else the images have is not sent.
 *
 * ```ts
 * const network = categoricalUnet({ palette: fitPalette(data) });
 * const { total } = await paletteBits({ network, data });
 * ```
 * @returns bits on average, where their mean lies with 95 % confidence, and those of each image
 * @throws {RangeError | TypeError} when an option is out of range
 * @throws {Interrupted} after the batch during which stop was pressed
 */
export async function paletteBits(
  options: PaletteBitsOptions,
): Promise<{ total: number; interval: Interval; images: Float64Array }> {
  const { network, data, looks = 16, batchSize = 50, seed = 1 } = options;
  if (!network?.palette) throw new TypeError('paletteBits: network must have a palette, as categoricalUnet() makes it');
  if (!(data?.length > 0)) throw new RangeError('paletteBits: data must hold at least one image');
  checkWhole('paletteBits', 'looks', looks);
  checkWhole('paletteBits', 'batchSize', batchSize);
  checkWhole('paletteBits', 'seed', seed, 0);
  const cost = borrowCompiled(network, { name: 'paletteBits', parts: [] }, costOf(network));
  const stop = listenForStop();
  const random = new Random(seed);
  const images = new Float64Array(data.length);
  const pixels = data.height * data.width;
  try {
    for (let start = 0; start < data.length; start += batchSize) {
      const end = Math.min(data.length, start + batchSize);
      const x0 = data.images({ start, end });
      try {
        for (let look = 0; look < looks; look++) {
          await stop.turn();
          // The looks at one image are spread evenly over all numbers of hidden pixels.
          const hidden = Array.from({ length: end - start }, () =>
            Math.ceil(((look + 1 - random.uniform()) * pixels) / looks),
          );
          const nats = tf.tidy(() => cost.run({ x0, hidden: tf.tensor1d(hidden), key: random.key() }).nats);
          const each = nats.dataSync();
          nats.dispose();
          for (let i = start; i < end; i++) images[i] += each[i - start] / (looks * data.channels * Math.LN2);
        }
      } finally {
        x0.dispose();
      }
    }
  } finally {
    stop.close();
    cost.release();
  }
  const total = images.reduce((sum, bits) => sum + bits, 0) / images.length;
  return { total, interval: meanInterval(images, 0.95), images };
}

/** −log p of the colour of a hidden pixel, on average over those of each image, `[batch]`, of tensors alone. */
function costOf(network: CategoricalDenoiser) {
  const { palette } = network;
  return ({ x0, hidden, key }: { x0: Images; hidden: tf.Tensor1D; key: Key }): { nats: tf.Tensor1D } => {
    const [batch, height, width] = x0.shape;
    const colours = toPalette(x0, palette);
    const order = ranks(uniform(key, [batch, height * width]));
    const isHidden = tf.cast(tf.less(order, tf.reshape(hidden, [batch, 1])), 'float32');
    const shown = tf.reshape<tf.Rank.R4>(tf.sub(1, isHidden), [batch, height, width, 1]);
    const t = tf.div<tf.Tensor1D>(hidden, height * width);
    const logits = network(reveal(fromPalette(colours, palette), shown), t);
    const wanted = tf.cast(tf.oneHot(colours, palette.length), 'float32');
    const logs = tf.sum(tf.mul(tf.logSoftmax(logits), wanted), 3);
    const all = tf.sum(tf.mul(tf.reshape(logs, [batch, height * width]), isHidden), 1);
    return { nats: tf.neg(tf.div(all, hidden)) as tf.Tensor1D };
  };
}
