import { loadDigits } from '../data/digits.js';
import { faceAttributes, type FaceSet, loadFaces } from '../data/faces.js';
import type { ImageSet } from '../data/image-set.js';
import type { Attributes, Proportions } from '../metrics/attributes.js';
import { realFloor, type RealFloor } from '../metrics/frechet.js';
import { nearestNeighbours } from '../metrics/neighbours.js';
import type { Combination } from '../metrics/novelty.js';
import type { Rows } from '../metrics/points.js';
import { highFrequencyShare, isolatedOutliers } from '../metrics/sharpness.js';
import { loadClassifier, type Judge } from './judge.js';

/** What samples are compared with. */
export interface Reference {
  readonly dataset: 'digits' | 'faces';
  /** What the models learn from. */
  readonly train: ImageSet;
  /** Unseen images of the distribution that `train` comes from. */
  readonly unseen: ImageSet;
  readonly judge: Judge;
  /** The features of the first 10,000 training images, and of all unseen ones. */
  readonly features: { readonly train: Rows; readonly unseen: Rows };
  /** The true attributes of the training images, those that an image shows. */
  readonly attributes: Attributes;
  /** How often each value occurs in the training images. */
  readonly shares: Proportions;
  /**
   * The combinations of attributes that training never saw, and the chances of all values before they were held out.
   */
  readonly heldOut?: { readonly combinations: readonly Combination[]; readonly chances: Proportions };
  /** The smallest distance of two different unseen images: samples closer than that count as repeats of each other. */
  readonly closest: number;
  /** For each attribute the share of unseen images for which the classifier is sure of a value. */
  readonly decided: Readonly<Record<string, number>>;
  /** Of the unseen images: their share of fast variation, and how many of their pixels stand alone. */
  readonly sharpness: { readonly highFrequency: number; readonly outliers: number };
  /** The Fréchet distance of two sets of `size` real images from each other, computed once for each size. */
  floor(size: number): Promise<RealFloor>;
  /** Frees the classifier's weights. */
  dispose(): void;
}

/**
 * Loads what samples of a data set are compared with, and lets the classifier look at it, in about ten seconds.
 *
 * - `faces`: the split `train`, and the 2,500 unseen faces of the split `test`.
 * - `digits`: the 60,000 training digits, and every other one of the test digits (the later ones of which are harder).
 *
 * Colour of hair is left out: on bald heads it does not show.
 */
export async function loadReference(dataset: 'digits' | 'faces'): Promise<Reference> {
  if (dataset !== 'digits' && dataset !== 'faces')
    throw new Error(`loadReference: dataset must be 'digits' or 'faces', got ${JSON.stringify(dataset)}`);
  const parts = dataset === 'digits' ? await digits() : await faces();
  const judge = await loadClassifier(dataset);
  try {
    const some = parts.train.subset({ end: Math.min(10_000, parts.train.length) });
    const seen = await judge.look(parts.unseen);
    const features = { train: await judge.features(some), unseen: seen.features };
    const decided = Object.fromEntries(
      Object.keys(parts.attributes).map((name) => [name, sureOf(seen.probabilities[name])]),
    );
    const { distances } = await nearestNeighbours(parts.unseen, parts.unseen, { excludeSelf: true });
    const closest = distances.reduce((least, d) => (d > 0 ? Math.min(least, d) : least), Infinity);
    const floors = new Map<number, Promise<RealFloor>>();
    const floor = (size: number) => {
      if (!floors.has(size)) floors.set(size, realFloor(features.train, { size }));
      return floors.get(size)!;
    };
    const sharpness = {
      highFrequency: highFrequencyShare(parts.unseen).share,
      outliers: isolatedOutliers(parts.unseen).mean,
    };
    return {
      dataset,
      ...parts,
      floor,
      decided,
      sharpness,
      shares: sharesOf(parts.attributes, judge.vocabulary),
      judge,
      features,
      closest,
      dispose: () => {
        judge.dispose();
      },
    };
  } catch (error) {
    judge.dispose();
    throw error;
  }
}

type Parts = Pick<Reference, 'train' | 'unseen' | 'attributes' | 'heldOut'>;

async function digits(): Promise<Parts> {
  const train = await loadDigits();
  const test = await loadDigits({ split: 'test' });
  return {
    train,
    unseen: test.subset(Int32Array.from({ length: test.length / 2 }, (_, i) => 2 * i)),
    attributes: { digit: train.labels! },
  };
}

async function faces(): Promise<Parts> {
  const train = await loadFaces();
  return {
    train,
    unseen: await loadFaces({ split: 'test' }),
    attributes: visible(train),
    heldOut: { combinations: train.heldOut, chances: train.proportions },
  };
}

/** The share of rows of probabilities of which one is at least 0.9. */
export function sureOf({ data, shape: [count, size] }: Rows): number {
  let sure = 0;
  for (let i = 0; i < count; i++) if (data.subarray(i * size, (i + 1) * size).some((p) => p >= 0.9)) sure++;
  return sure / count;
}

function visible({ attributes }: FaceSet): Attributes {
  return Object.fromEntries(
    faceAttributes.filter((name) => name !== 'hairColor').map((name) => [name, attributes[name]]),
  );
}

function sharesOf(attributes: Attributes, vocabulary: Record<string, readonly string[]>): Proportions {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => {
      const counts = vocabulary[name].map(() => 0);
      for (let i = 0; i < values.length; i++) counts[values[i]] += 1 / values.length;
      return [name, counts];
    }),
  );
}
