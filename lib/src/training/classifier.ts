import { crossEntropy } from '../backend/cross-entropy.js';
import { normal, splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkWhole, shown } from '../check.js';
import type { Attributes } from '../metrics/attributes.js';
import type { Classifier } from '../networks/classifier.js';
import type { Images, Key } from '../types.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainClassifier}. */
export interface ClassifierTraining extends TrainingOptions {
  network: Classifier;
  /** For each head of the network the numbers of the true values, one for each image of `data`. */
  labels: Attributes;
  /** Each image is moved by up to so many pixels, anew at each step; what comes in repeats the border. 0 by default. */
  shift?: number;
  /**
   * Standard deviation of the normal noise that is added, against features that hang on the last digits of colours. 0
   * by default.
   */
  noise?: number;
}

/**
 * Trains a classifier by the cross-entropy of each of its heads, all in one sum.
 *
 * ```ts
 * const labels = faces.attributes;
 * const network = classifier({ heads: faces.vocabulary });
 * for await (const { step, loss } of trainClassifier({ network, data: faces, labels, steps: 2000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range, or labels do not fit network and data
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainClassifier(options: ClassifierTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, data, labels, shift = 0, noise = 0 } = options;
  if (!network?.config?.heads)
    throw new TypeError(`trainClassifier: network must have heads, as classifier() makes it, got ${shown(network)}`);
  checkWhole('trainClassifier', 'shift', shift, 0);
  checkNumber('trainClassifier', 'noise', noise, (n) => n >= 0 && n < Infinity, 'be at least 0');
  for (const [name, words] of Object.entries(network.config.heads)) {
    const values = labels[name] as ArrayLike<number> | undefined;
    if (values?.length !== data.length)
      throw new TypeError(
        `trainClassifier: labels must hold ${name} for each of the ${data.length} images, got ${values?.length ?? 'none'}`,
      );
    for (let i = 0; i < values.length; i++) {
      if (!(Number.isInteger(values[i]) && values[i] >= 0 && values[i] < words.length))
        throw new RangeError(
          `trainClassifier: labels must hold ${name} from 0 to ${words.length - 1}, got ${values[i]}`,
        );
    }
  }
  const names = Object.keys(network.config.heads);
  return descend('trainClassifier', {
    ...options,
    batchSize: options.batchSize ?? 64,
    inputs: ({ indices }) => {
      const truth: Record<string, tf.Tensor1D> = {};
      for (const name of names)
        truth[name] = tf.tensor1d(
          Int32Array.from(indices, (at) => labels[name][at]),
          'int32',
        );
      return truth;
    },
    objective: (key, images, truth) => {
      const [shifts, grains] = splitKey(key, 2);
      const moved = shift > 0 ? shiftImages(shifts, images, shift) : images;
      const seen = noise > 0 ? (tf.add(moved, tf.mul(normal(grains, moved.shape), noise)) as Images) : moved;
      const { scores } = network(seen);
      const batch = images.shape[0];
      const each = tf.fill([batch], 1 / batch);
      return tf.addN(names.map((name) => crossEntropy(scores[name], truth[name], each))) as tf.Scalar;
    },
  });
}

/**
 * Each image moved by its own whole number of pixels, up to `most` in each direction; what comes in repeats the border.
 */
export function shiftImages(key: Key, images: Images, most: number): Images {
  return tf.tidy(() => {
    const [n, height, width, channels] = images.shape;
    const [down, across] = splitKey(key, 2).map(
      (k) => tf.sub(tf.floor(tf.mul(uniform<tf.Rank.R1>(k, [n]), 2 * most + 1)), most) as tf.Tensor1D,
    );
    const rows = tf.matMul(picks(down, height), tf.reshape(images, [n, height, width * channels]));
    const turned = tf.reshape(tf.transpose(tf.reshape(rows, [n, height, width, channels]), [0, 2, 1, 3]), [
      n,
      width,
      height * channels,
    ]);
    const columns = tf.reshape(tf.matMul(picks(across, width), turned), [n, width, height, channels]);
    return tf.transpose(columns, [0, 2, 1, 3]) as Images;
  });
}

/** For each image a matrix `[size, size]` with one 1 a row: where place i of the result is taken from. */
function picks(offset: tf.Tensor1D, size: number): tf.Tensor3D {
  const places = tf.range(0, size);
  const from = tf.clipByValue(tf.add(tf.reshape(places, [1, size, 1]), tf.reshape(offset, [-1, 1, 1])), 0, size - 1);
  return tf.cast(tf.equal(from, tf.reshape(places, [1, 1, size])), 'float32') as tf.Tensor3D;
}
