import { listenForStop } from '../backend/interrupt.js';
import { shown } from '../check.js';
import { toBytes } from '../data/bytes.js';
import { ImageSet } from '../data/image-set.js';
import { birthdayEstimate } from '../metrics/birthday.js';
import { prdc, type PrecisionRecall } from '../metrics/coverage.js';
import { frechetInterval, type FrechetInterval, type RealFloor } from '../metrics/frechet.js';
import { kernelDistance, type KernelDistance } from '../metrics/kernel-distance.js';
import { memorisation } from '../metrics/neighbours.js';
import { novelCombinations, type Novelty } from '../metrics/novelty.js';
import type { Rows } from '../metrics/points.js';
import { countRepeats } from '../metrics/repeats.js';
import { highFrequencyShare, isolatedOutliers } from '../metrics/sharpness.js';
import { attributeProportions, distinctCombinations, type Combinations, type Proportion } from '../metrics/variety.js';
import type { Images } from '../types.js';
import { type Reference, sureOf } from './reference.js';
import { tf } from '../backend/tf.js';

/** A figure of the samples beside that of real images. */
export interface Beside {
  samples: number;
  real: number;
}

/** What all metrics say of some samples, as plain data that JSON can hold: infinite numbers are `null`. */
export interface Evaluation {
  dataset: Reference['dataset'];
  /** How many samples there were. */
  samples: number;
  /** How many samples, and as many unseen images, were compared in feature space and for memorisation. */
  compared: number;
  /** Is the output like the data? In the features of the classifier. */
  likeness: {
    frechet: FrechetInterval;
    /** The distance of two sets of real images of the same number. */
    floor: RealFloor;
    kernel: KernelDistance;
    /**
     * For each attribute the share of images for which the classifier is sure of a value, with a probability of at
     * least 0.9: no half glasses.
     */
    decided: Record<string, Beside>;
  } & PrecisionRecall;
  /** Does it generalise? */
  generalisation: {
    /**
     * The probability that a sample lies closer to the training set than an unseen image does, and how likely so high a
     * value is by chance.
     */
    closer: number;
    p: number;
    /** Median distance to the nearest training image, as a root mean squared difference. */
    nearest: Beside;
    /** Combinations of attributes that training never saw; absent where the data has none. */
    novel?: Novelty;
  };
  /** Does it vary? */
  variety: {
    /** The share of each value of each attribute, beside that in the training images. */
    attributes: Record<string, Proportion[]>;
    /** For each attribute how much of the share lies with the wrong values: Σ|share − expected| / 2. */
    imbalance: Record<string, number>;
    combinations: Combinations;
    /** Pairs of samples that are closer than any two different unseen images, groups of such, and the largest one. */
    repeats: { pairs: number; distinct: number; largest: number };
    /** How many distinct images there seem to be. */
    birthday: { distinct: number | null; low: number; high: number | null };
  };
  /** Is it sharp and free of noise? */
  sharpness: { highFrequency: Beside; outliers: Beside };
}

/** Options of {@link evaluate}. */
export interface EvaluationOptions {
  /** At least 200 samples; kept as bytes, as `ImageSet` keeps them, they take a quarter of the memory. */
  images: Images | ImageSet;
  reference: Reference;
  /** Seed of what the metrics draw. */
  seed?: number;
  /** From how many bootstrap samples the interval of the Fréchet distance comes, at least 20; 100 by default. */
  resamples?: number;
  /** Is told what comes next. */
  onProgress?: (what: string) => void;
}

/**
 * Asks every question of chapter 7 about some samples, in half a minute for 2,500 faces.
 *
 * ```ts
 * const reference = await loadReference('faces');
 * const images = await sampleSet({ model: await pretrained('naive-faces'), count: 2500 });
 * const { likeness, variety } = await evaluate({ images, reference });
 * ```
 * Samples are rounded to bytes first, for real images are. For Fréchet and kernel distance, precision, recall, density,
 * coverage and memorisation, as many of the samples are taken as there are unseen images.
 * @throws {RangeError} when there are fewer than 200 samples, or they have another size than the data
 */
export async function evaluate({
  images,
  reference,
  seed = 1,
  resamples = 100,
  onProgress,
}: EvaluationOptions): Promise<Evaluation> {
  if (!(images instanceof tf.Tensor && images.rank === 4) && !(images instanceof ImageSet))
    throw new TypeError(`evaluate: images must be an ImageSet or a tensor of images, got ${shown(images)}`);
  if (!reference?.unseen)
    throw new TypeError(`evaluate: reference must be one, as loadReference() gives it, got ${shown(reference)}`);
  const set = images instanceof ImageSet ? images : asSet(images);
  const { unseen, train, judge } = reference;
  if (set.length < 200)
    throw new RangeError(
      `evaluate: images must be at least 200, got ${set.length}: the distances would measure their number`,
    );
  if (set.height !== unseen.height || set.width !== unseen.width || set.channels !== unseen.channels) {
    throw new RangeError(
      `evaluate: images must be ${unseen.height}x${unseen.width}x${unseen.channels} as the ${reference.dataset} are, got ${set.height}x${set.width}x${set.channels}`,
    );
  }
  const stop = listenForStop();
  const next = async (what: string) => {
    await stop.turn();
    onProgress?.(what);
  };
  try {
    const compared = Math.min(set.length, unseen.length, Math.floor(reference.features.train.shape[0] / 2));
    const [some, real] = [set.subset({ end: compared }), unseen.subset({ end: compared })];
    await next('the classifier looks at them');
    const { features, probabilities, attributes: all } = await judge.look(set);
    const attributes = Object.fromEntries(Object.keys(reference.attributes).map((name) => [name, all[name]]));

    await next('distances to the data');
    const [a, b] = [firstRows(features, compared), firstRows(reference.features.unseen, compared)];
    const likeness = {
      frechet: await frechetInterval(a, b, { seed, resamples }),
      floor: await reference.floor(compared),
      // Subsets of at most half of them: larger ones would be nearly the same, and not show how the estimate varies.
      kernel: await kernelDistance(a, b, { seed, size: Math.min(1000, compared >> 1) }),
      ...(await prdc(b, a)),
      decided: Object.fromEntries(
        Object.keys(attributes).map((name) => [
          name,
          { samples: sureOf(probabilities[name]), real: reference.decided[name] },
        ]),
      ),
    };

    await next('nearest training images');
    const { closer, p, samples, heldOut } = await memorisation(some, train, real);
    const perPixel = Math.sqrt(unseen.height * unseen.width * unseen.channels);
    const generalisation: Evaluation['generalisation'] = {
      closer,
      p,
      nearest: { samples: median(samples) / perPixel, real: median(heldOut) / perPixel },
    };
    if (reference.heldOut) {
      generalisation.novel = novelCombinations(attributes, reference.attributes, judge.vocabulary, {
        heldOut: reference.heldOut.combinations,
        confusion: judge.notes.confusion,
        truth: reference.heldOut.chances,
      });
    }

    await next('variety');
    const proportions = attributeProportions(attributes, judge.vocabulary, { truth: reference.shares });
    const { pairs, distinct, largest } = await countRepeats(set, { threshold: (0.999 * reference.closest) / perPixel });
    const birthday = birthdayEstimate(set.length, pairs);

    await next('sharpness');
    const sharpness = {
      highFrequency: { samples: highFrequencyShare(set).share, real: reference.sharpness.highFrequency },
      outliers: { samples: isolatedOutliers(set).mean, real: reference.sharpness.outliers },
    };
    return {
      dataset: reference.dataset,
      samples: set.length,
      compared,
      likeness,
      generalisation,
      variety: {
        attributes: proportions,
        imbalance: Object.fromEntries(
          Object.entries(proportions).map(([name, values]) => [
            name,
            values.reduce((sum, { share, expected }) => sum + Math.abs(share - expected) / 2, 0),
          ]),
        ),
        combinations: distinctCombinations(attributes, judge.vocabulary, { truth: reference.shares }),
        repeats: { pairs, distinct, largest },
        birthday: { distinct: finite(birthday.distinct), low: birthday.low, high: finite(birthday.high) },
      },
      sharpness,
    };
  } finally {
    stop.close();
  }
}

function asSet(images: Images): ImageSet {
  const [, height, width, channels] = images.shape;
  return new ImageSet({ name: 'samples', height, width, channels, pixels: toBytes(images) });
}

function firstRows({ data, shape: [, size] }: Rows, count: number): Rows {
  return { data: data.subarray(0, count * size), shape: [count, size] };
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
