import { compile } from '../backend/compile.js';
import { listenForStop } from '../backend/interrupt.js';
import { tf } from '../backend/tf.js';
import { dataPath } from '../data/location.js';
import type { Attributes } from '../metrics/attributes.js';
import { raster, type SizedImages } from '../metrics/pictures.js';
import type { Rows } from '../metrics/points.js';
import { loadCheckpoint } from '../networks/checkpoint.js';
import type { Classifier } from '../networks/classifier.js';
import type { Images } from '../types.js';

/** What a trained classifier says of images, as plain numbers that the metrics take. */
export interface Opinion {
  /**
   * The feature vectors, `[n, d]`: for Fréchet and kernel distance, precision and recall. The classifier's last layer,
   * which overlooks what does not tell one value from another, and beside it the mean activations of an early one,
   * which do not. Each is brought to mean 0 and deviation 1 on real images.
   */
  features: Rows;
  /** For each attribute the probabilities of its values, `[n, values]`. */
  probabilities: Record<string, Rows>;
  /** For each attribute the number of the most probable value, one for each image. */
  attributes: Record<string, Uint8Array>;
}

/** A trained classifier that judges images. It has the names of the attributes and their words from its checkpoint. */
export interface Judge {
  readonly network: Classifier;
  /** How it was trained and how good it is: accuracy, confusion matrices, calibration. */
  readonly notes: JudgeNotes;
  /** For each attribute the words for its values. */
  readonly vocabulary: Record<string, readonly string[]>;
  /** Everything at once. The images are taken in batches, so that memory stays flat. */
  look(images: Images | SizedImages): Promise<Opinion>;
  /** The feature vectors alone. */
  features(images: Images | SizedImages): Promise<Rows>;
  /** The probabilities alone. */
  predict(images: Images | SizedImages): Promise<Record<string, Rows>>;
  /** The most probable value of each attribute, in the form that the metrics of variety and novelty take. */
  attributes(images: Images | SizedImages): Promise<Attributes & Record<string, Uint8Array>>;
  /** Frees the weights. */
  dispose(): void;
}

/** What the checkpoint of a classifier says of itself. */
export interface JudgeNotes extends Record<string, unknown> {
  /** For each attribute, counts `[true value][predicted value]` over the test images. */
  confusion?: Record<string, number[][]>;
  /** The mean and the standard deviation of each feature on real images. */
  featureMean?: number[];
  featureDeviation?: number[];
}

/** So many images are looked at together. */
const atOnce = 250;

/**
 * Loads a classifier of `data/classifiers`: `digits` knows the ten digits, `faces` the six attributes of the faces.
 *
 * ```ts
 * const judge = await loadClassifier('faces');
 * const { features, attributes } = await judge.look(samples);
 * ```
 * @param name `digits`, `faces`, or the path of another checkpoint of a `classifier`
 * @throws {Error} naming the file, when it is missing, damaged, or no classifier
 */
export async function loadClassifier(name: string): Promise<Judge> {
  const path = name.endsWith('.safetensors') ? name : dataPath('classifiers', `${name}.safetensors`);
  const { network, notes } = await loadCheckpoint<Classifier>(path);
  if (network.config.kind === 'classifier') return asJudge(network, notes);
  network.dispose();
  throw new Error(`${path}: holds a network of the kind '${network.config.kind}', expected 'classifier'`);
}

/** Makes a {@link Judge} of a trained classifier, which from then on belongs to it. */
export function asJudge(network: Classifier, notes: JudgeNotes = {}): Judge {
  const look = (images: Images | SizedImages) => opinion(network, images, notes);
  return {
    network,
    notes,
    vocabulary: network.config.heads,
    look,
    features: async (images) => (await look(images)).features,
    predict: async (images) => (await look(images)).probabilities,
    attributes: async (images) => (await look(images)).attributes,
    dispose: () => {
      network.dispose();
    },
  };
}

async function opinion(
  network: Classifier,
  images: Images | SizedImages,
  { featureMean, featureDeviation }: JudgeNotes,
): Promise<Opinion> {
  const { size, channels, features: last, widths, heads } = network.config;
  const width = last + widths[1];
  const source = raster('look', 'images', images);
  const { count, height, channels: depth } = source;
  if (height !== size || source.width !== size || !(depth === channels || channels === 1)) {
    throw new RangeError(
      `look: images must be ${size}x${size} with ${channels === 1 ? '1 or 3 channels' : `${channels} channels`}, got ${height}x${source.width} with ${depth}`,
    );
  }
  const features = new Float32Array(count * width);
  const names = Object.keys(heads);
  const probabilities = Object.fromEntries(names.map((name) => [name, new Float32Array(count * heads[name].length)]));
  const stop = listenForStop();
  // What is left over, a smaller batch, runs eagerly: it comes once.
  const whole = compile((x: Images) => judge(network, x), { state: network.weights, name: 'look' });
  try {
    for (let start = 0; start < count; start += atOnce) {
      const n = Math.min(atOnce, count - start);
      const block = new Float32Array(n * size * size * depth);
      for (let i = 0; i < n; i++) block.set(source.image(start + i), i * size * size * depth);
      const seen = tf.tidy(() => {
        const x = tf.tensor4d(block, [n, size, size, depth]);
        const fit = depth === channels ? x : (tf.mean(x, 3, true) as Images);
        return n === atOnce ? whole(fit) : judge(network, fit);
      });
      features.set(seen.features.dataSync<'float32'>(), start * width);
      for (const name of names)
        probabilities[name].set(seen.probabilities[name].dataSync<'float32'>(), start * heads[name].length);
      tf.dispose(seen as unknown as tf.TensorContainer);
      await stop.turn();
    }
  } finally {
    stop.close();
    whole.dispose();
  }
  return {
    features: {
      data:
        featureMean && featureDeviation
          ? features.map((x, i) => (x - featureMean[i % width]) / featureDeviation[i % width])
          : features,
      shape: [count, width],
    },
    probabilities: map(names, (name) => ({ data: probabilities[name], shape: [count, heads[name].length] as const })),
    attributes: map(names, (name) => mostProbable(probabilities[name], count)),
  };
}

function judge(network: Classifier, images: Images) {
  const { features, texture, scores } = network(images);
  return {
    features: tf.concat2d([features, texture], 1),
    probabilities: map(Object.keys(scores), (name) => tf.softmax(scores[name])),
  };
}

/** In each of `count` rows the place of the largest number. */
function mostProbable(rows: Float32Array, count: number): Uint8Array {
  const width = rows.length / count;
  return Uint8Array.from({ length: count }, (_, i) => {
    let best = 0;
    for (let v = 1; v < width; v++) if (rows[i * width + v] > rows[i * width + best]) best = v;
    return best;
  });
}

function map<T>(names: string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
