import { listenForStop } from '../backend/interrupt.js';
import { coin, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, checkPositive, checkWhole } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { checkBelongs, checkGaussian } from '../degradations/belonging.js';
import { meanInterval, type Interval } from '../metrics/distributions.js';
import { checkDenoiser } from '../networks/denoiser.js';
import { Random } from '../random.js';
import type { Denoiser, Gaussian } from '../types.js';
import { flowDensity } from './flow-density.js';

/** Options of {@link odeBits}. */
export interface OdeBitsOptions {
  /** Guesses the clean images. It must have a gradient with respect to the images. */
  denoise: Denoiser;
  /** The noise, for images in [0, 1]. */
  degradation: Gaussian;
  /** The images whose bits are counted: unseen ones, usually. */
  data: ImageSet;
  /** How many steps the equation is solved in, each with 4 guesses and their gradients: 50 when left out. */
  steps?: number;
  /** σ/α at which the density is asked for: 0.002 when left out. */
  least?: number;
  /** σ/α at which it is taken for that of noise alone: 80 when left out, or what the schedule ends with, if less. */
  most?: number;
  /** How many probes of the trace there are for each image, each with another place in its bytes: 1 when left out. */
  probes?: number;
  /** Images in a batch: 50 by default. */
  batchSize?: number;
  /** Of the places in the bytes, and of the probes. */
  seed?: number;
}

/** What images cost by their density. */
export interface OdeBits {
  /** Bits for each channel of each pixel, on average. */
  total: number;
  /** Where the mean over all images of this kind lies, with 95 % confidence. */
  interval: Interval;
  /** The bits of each image. */
  images: Float64Array;
}

/**
 * The bits of images by the density of the probability-flow equation, which is exact but for the steps of its solution
 * and a trace that is estimated without bias (Song et al. 2021, arXiv 2011.13456, section 4.3), where
 * `bitsPerDimension` has a bound.
 *
 * It is the density of images with a little noise, σ/α = `least`, and of numbers, not bytes. To be bits of bytes, each
 * byte is taken to stand for a number that is drawn evenly from its place, as wide as the distance between two bytes
 * (Theis et al. 2016, arXiv 1511.01844, section 3.1): what such numbers cost, −log₂(density·width), is on average not
 * less than what the bytes would cost under the model whose probability of a byte is that of its place.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: karras(degradation) });
 * const { total, interval } = await odeBits({ denoise, degradation, data });
 * ```
 * @throws {RangeError | TypeError} when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export async function odeBits(options: OdeBitsOptions): Promise<OdeBits> {
  const { denoise, degradation, data, steps = 50, least = 0.002, probes = 1, batchSize = 50, seed = 1 } = options;
  checkParts(options);
  const { most = Math.min(80, degradation.schedule.most ?? Infinity) } = options;
  checkNumbers({ steps, least, most, probes, batchSize, seed }, degradation);
  const flow = flowDensity({ denoise, degradation, least, most, steps });
  const stop = listenForStop();
  const random = new Random(seed);
  const images = new Float64Array(data.length);
  const values = data.height * data.width * data.channels;
  const width = tf.tidy(() => tf.sub(degradation.toSigned(tf.scalar(1 / 255)), degradation.toSigned(tf.scalar(0))));
  const widthBits = Math.log2(width.dataSync()[0]);
  width.dispose();
  try {
    for (let start = 0; start < data.length; start += batchSize) {
      const end = Math.min(data.length, start + batchSize);
      for (let probe = 0; probe < probes; probe++) {
        const [u, v] = tf.tidy(() => {
          const bytes = data.images({ start, end });
          const place = tf.div(tf.sub(uniform(random.key(), bytes.shape), 0.5), 255);
          const numbers = degradation.toSigned(tf.add(bytes, place));
          return [numbers, tf.sub<tf.Tensor4D>(tf.mul(coin(random.key(), bytes.shape), 2), 1)];
        });
        try {
          const { nats, end: last } = await flow.of(u, v, stop);
          last.dispose();
          nats.forEach((log, i) => {
            images[start + i] -= (log / (values * Math.LN2) + widthBits) / probes;
          });
        } finally {
          tf.dispose([u, v]);
        }
      }
    }
  } finally {
    stop.close();
    flow.release();
  }
  const total = images.reduce((sum, bits) => sum + bits, 0) / images.length;
  return { total, interval: meanInterval(images, 0.95), images };
}

function checkParts(options: OdeBitsOptions): void {
  const known = ['denoise', 'degradation', 'data', 'steps', 'least', 'most', 'probes', 'batchSize', 'seed'];
  checkKnown('odeBits', options, known);
  const { denoise, degradation, data } = options;
  checkDenoiser('odeBits', 'denoise', denoise);
  checkGaussian('odeBits', degradation);
  checkBelongs('odeBits', 'denoise', denoise.degradation, degradation);
  if (!(data?.length > 0)) throw new RangeError('odeBits: data must hold at least one image');
}

function checkNumbers(
  { steps, least, most, probes, batchSize, seed }: Record<string, number>,
  { schedule }: Gaussian,
): void {
  checkPositive('odeBits', { least, most });
  const end = schedule.most ?? Infinity;
  checkNumber('odeBits', 'most', most, (n) => n > least, `be above least, ${least}`);
  checkNumber('odeBits', 'most', most, (n) => n <= end * (1 + 1e-9), `be at most ${end}, where the schedule ends`);
  for (const [name, value] of Object.entries({ steps, probes, batchSize })) checkWhole('odeBits', name, value);
  checkWhole('odeBits', 'seed', seed, 0);
}
