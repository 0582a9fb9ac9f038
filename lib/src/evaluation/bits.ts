import { listenForStop } from '../backend/interrupt.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import { checkGaussian } from '../degradations/belonging.js';
import { checkLevels, evenLevels } from '../level.js';
import { byteLogProbability } from '../metrics/discretised.js';
import { meanInterval, type Interval } from '../metrics/distributions.js';
import { borrowCompiled } from '../networks/compiled.js';
import { Random } from '../random.js';
import { reverseStep, stepDivergence, stepVariance, type StepVariance } from '../sampling/rules.js';
import type { Denoiser, Gaussian, Images, Key } from '../types.js';

/** Options of {@link bitsPerDimension}. */
export interface BitsOptions {
  /** Guesses the clean images. */
  denoise: Denoiser;
  /** The noise, for images in [0, 1]. */
  degradation: Gaussian;
  /** The images whose bits are counted: unseen ones, usually. */
  data: ImageSet;
  /** The levels of the chain, from 1 to 0: `evenLevels(1000)` when left out. */
  levels?: readonly number[];
  /** Which variance the steps back have: `posterior` when left out. */
  variance?: StepVariance;
  /**
   * How many steps are looked at for each image, spread over the chain, each standing for those around it. All of them
   * when left out: 1,000 steps take as long as 1,000 predictions for each image. The last steps cost most: few looks
   * count best over levels that lie close there, as those of `karrasLevels` do.
   */
  looks?: number;
  /** Images in a batch: 50 by default. */
  batchSize?: number;
  /** Of the noise, and of the steps that are looked at. */
  seed?: number;
}

/** A bound on what images cost, and what it is made of, in bits for each channel of each pixel. */
export interface Bits {
  /** The sum: at most so many bits a model needs for an image, on average. */
  total: number;
  /** Where its mean over all images of this kind lies, with 95 % confidence. */
  interval: Interval;
  /** What the start knows of the images: KL(q(z_T | x0) ‖ p(z_T)). */
  prior: number;
  /** What the steps from one level to another cost together, in their order. */
  steps: { from: number; to: number; bits: number }[];
  /** What is left for the last step, from the least noise to bytes. */
  decoder: number;
  /** The sum for each image. */
  images: Float64Array;
}

/**
 * The variational bound on the bits of images under a diffusion model, term by term (Ho et al. 2020, arXiv 2006.11239,
 * eq. 5; Sohl-Dickstein et al. 2015, arXiv 1503.03585): what it takes to send z_T, then each next level, given the one
 * before, and at last the bytes, to somebody who has the same model. It is a sum over the steps, not a mean.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: noise(degradation) });
 * const { total, interval } = await bitsPerDimension({ denoise, degradation, data, looks: 50 });
 * ```
 * The last step's variance would be 0 for `posterior` and the lower end of `learned`: there it is that of the step
 * before (Nichol and Dhariwal 2021, arXiv 2102.09672).
 * @throws {RangeError | TypeError} when an option is out of range
 * @throws {Interrupted} after the batch during which stop was pressed
 */
export async function bitsPerDimension(options: BitsOptions): Promise<Bits> {
  const { denoise, degradation, data, levels = evenLevels(1000), variance = 'posterior' } = options;
  const { batchSize = 50, seed = 1, looks = levels.length - 2 } = options;
  checkOptions(options, levels, { looks, batchSize, seed });
  const stretches = stretchesOf(levels.length - 2, looks);
  const divergence = borrowCompiled(
    denoise,
    { name: 'bitsPerDimension', parts: [degradation, variance] },
    divergenceOf(denoise, degradation, variance),
  );
  const stop = listenForStop();
  const random = new Random(seed);
  const images = new Float64Array(data.length);
  const sums = { prior: 0, steps: stretches.map(() => 0), decoder: 0 };
  /** Adds to each image of the batch what a term costs it, and returns what it costs all of them. */
  const count = (start: number, nats: ArrayLike<number>, times = 1): number => {
    let sum = 0;
    for (let i = 0; i < nats.length; i++) {
      const bits = (times * nats[i]) / (Math.LN2 * data.height * data.width * data.channels);
      images[start + i] += bits;
      sum += bits;
    }
    return sum;
  };
  try {
    for (let start = 0; start < data.length; start += batchSize) {
      const end = Math.min(data.length, start + batchSize);
      const x0 = data.images({ start, end });
      try {
        sums.prior += count(start, priorNats(degradation, x0));
        for (let look = 0; look < looks; look++) {
          await stop.turn();
          const { first, past } = stretches[look];
          const places = Array.from({ length: end - start }, () => first + random.int(past - first));
          const nats = tf.tidy(() => {
            const t = tf.tensor1d(places.map((place) => levels[place]));
            const s = tf.tensor1d(places.map((place) => levels[place + 1]));
            return divergence.run({ x0, t, s, key: random.key() }).nats;
          });
          sums.steps[look] += count(start, nats.dataSync(), past - first);
          nats.dispose();
        }
        const bytes = pixelsOf(data, start, end);
        sums.decoder += count(start, decoderNats({ denoise, degradation, variance, levels }, x0, bytes, random));
      } finally {
        x0.dispose();
      }
    }
  } finally {
    stop.close();
    divergence.release();
  }
  return {
    total: images.reduce((sum, bits) => sum + bits, 0) / images.length,
    interval: meanInterval(images, 0.95),
    prior: sums.prior / data.length,
    steps: stretches.map(({ first, past }, look) => ({
      from: levels[first],
      to: levels[past],
      bits: sums.steps[look] / data.length,
    })),
    decoder: sums.decoder / data.length,
    images,
  };
}

/** KL(q(z_s | z_t, x0) ‖ p(z_s | z_t)) of each image, `[batch]`, as a function of tensors alone. */
function divergenceOf(denoise: Denoiser, degradation: Gaussian, variance: StepVariance) {
  return ({ x0, t, s, key }: { x0: Images; t: tf.Tensor1D; s: tf.Tensor1D; key: Key }): { nats: tf.Tensor1D } => {
    const z = degradation.at(degradation.draw(key, x0.shape), x0, t);
    const estimate = denoise(z, t);
    const step = reverseStep(degradation, t, s);
    return { nats: stepDivergence(step, { degradation, x0, estimate, variance }) };
  };
}

/** KL(q(z_T | x0) ‖ p(z_T)) of each image: the start has the noise of q(z_T | x0), and nothing of the image. */
function priorNats(degradation: Gaussian, x0: Images): ArrayLike<number> {
  return tf.tidy(() => {
    const { alpha, sigma } = degradation.coefficients(tf.tensor1d([1]));
    const mean = tf.div(tf.mul(degradation.toSigned(x0), alpha), sigma);
    return tf.div(tf.sum(tf.square(mean), [1, 2, 3]), 2).dataSync();
  });
}

/** −log p(bytes | z) of each image, for z at the least noisy level. */
function decoderNats(
  chain: { denoise: Denoiser; degradation: Gaussian; variance: StepVariance; levels: readonly number[] },
  x0: Images,
  bytes: Uint8Array,
  random: Random,
): Float64Array {
  const { denoise, degradation, variance, levels } = chain;
  const [before, least] = levels.slice(-3);
  const { mean, deviation } = tf.tidy(() => {
    const [t, ...ends] = [least, before, 0].map((level) => tf.fill<tf.Rank.R1>([x0.shape[0]], level));
    const z = degradation.at(degradation.draw(random.key(), x0.shape), x0, t);
    const estimate = denoise(z, t);
    const step = reverseStep(degradation, t, ends[1]);
    // The posterior of the last step is exact, and no variance to send bytes with.
    const posterior = variance === 'optimal' ? step.posterior : reverseStep(degradation, ends[0], t).posterior;
    const signed = tf.sqrt(stepVariance(variance, { ...step, posterior }, estimate));
    const unit = tf.sub(degradation.fromSigned(tf.scalar(1)), degradation.fromSigned(tf.scalar(0)));
    return {
      mean: tf.mul(estimate.x0, 255).dataSync(),
      deviation: tf.mul(tf.mul(tf.broadcastTo(signed, x0.shape), unit), 255).dataSync(),
    };
  });
  const each = bytes.length / x0.shape[0];
  const logs = byteLogProbability(bytes, { mean, deviation });
  return Float64Array.from({ length: x0.shape[0] }, (_, i) =>
    logs.subarray(i * each, (i + 1) * each).reduce((sum, log) => sum - log, 0),
  );
}

function pixelsOf(data: ImageSet, start: number, end: number): Uint8Array {
  const each = data.height * data.width * data.channels;
  return data.pixels.subarray(start * each, end * each);
}

/** `looks` stretches of the steps 0 … steps − 1, as long as each other but for one. */
function stretchesOf(steps: number, looks: number): { first: number; past: number }[] {
  return Array.from({ length: looks }, (_, look) => ({
    first: Math.floor((look * steps) / looks),
    past: Math.floor(((look + 1) * steps) / looks),
  }));
}

function checkOptions(
  { degradation, data }: BitsOptions,
  levels: readonly number[],
  { looks, batchSize, seed }: { looks: number; batchSize: number; seed: number },
): void {
  checkGaussian('bitsPerDimension', degradation);
  checkLevels('bitsPerDimension', levels);
  if (levels.length < 3 || levels[0] !== 1 || levels.at(-1) !== 0)
    throw new RangeError(
      `bitsPerDimension: levels must go from 1 to 0 in at least two steps, got ${levels[0]} to ${levels.at(-1)} ` +
        `in ${levels.length - 1}`,
    );
  if (!(data?.length > 0)) throw new RangeError('bitsPerDimension: data must hold at least one image');
  checkWhole('bitsPerDimension', 'looks', looks, 1, levels.length - 2);
  checkWhole('bitsPerDimension', 'batchSize', batchSize);
  checkWhole('bitsPerDimension', 'seed', seed, 0);
}
