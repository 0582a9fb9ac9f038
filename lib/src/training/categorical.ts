import { compile } from '../backend/compile.js';
import { crossEntropy } from '../backend/cross-entropy.js';
import { listenForStop } from '../backend/interrupt.js';
import { key, splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { batches } from '../data/batches.js';
import type { ImageSet } from '../data/image-set.js';
import { fromPalette, toPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import { reveal, type CategoricalNetwork } from '../networks/categorical.js';
import type { Images, Key } from '../types.js';
import { Adam } from './adam.js';

/** Options of {@link trainCategorical}. */
export interface CategoricalTraining {
  /** A network that predicts the probabilities of the colours of its palette. */
  network: CategoricalNetwork;
  data: ImageSet;
  /** Training steps to take in all, each over one batch. */
  steps: number;
  batchSize?: number;
  /** Seed of the order of the images, and of which pixels are hidden. */
  seed?: number;
  /** Adam's step size, or a schedule of it; not with `optimizer`. */
  rate?: number | ((step: number) => number);
  /** An optimiser of the caller's own over the network's weights, for example one that is being resumed. */
  optimizer?: Adam;
  /** The step to go on from. Training that was cut in two takes the same steps as training in one go. */
  from?: number;
}

/** What {@link trainCategorical} yields after each step. */
export interface CategoricalProgress {
  /** Steps taken so far. */
  step: number;
  /** This step's loss, in nats a pixel. */
  loss: number;
  epoch: number;
}

/**
 * Training to predict what hidden pixels could be: of each image, hide a random set of pixels, from one to all of them, every
 * number equally likely, and take the cross-entropy of the predicted probabilities with the colours of the hidden pixels.
 * Its mean over the hidden pixels is the loss: on average over the sets it is the negative log-likelihood per pixel of drawing
 * the image pixel by pixel in a random order (Hoogeboom et al. 2021, arXiv 2110.02037, eq. 3 and Algorithm 2), which is diffusion
 * with an absorbing state (Austin et al. 2021, arXiv 2107.03006).
 * The shares hidden in the images of a batch are spread evenly over all shares (Kingma et al. 2021, arXiv 2107.00630, appendix I.1).
 *
 * ```ts
 * for await (const { step, loss } of trainCategorical({ network, data, steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainCategorical(options: CategoricalTraining): AsyncGenerator<CategoricalProgress, void, void> {
  const { network, data, steps, batchSize = 32, from = 0 } = options;
  if (network.predicts !== 'logits') throw new TypeError(`trainCategorical: network must predict 'logits', got '${String(network.predicts)}'`);
  for (const [name, value, least] of [['steps', steps, 0], ['batchSize', batchSize, 1], ['from', from, 0]] as const) {
    if (!Number.isInteger(value) || value < least) throw new RangeError(`trainCategorical: ${name} must be a whole number of at least ${least}, got ${value}`);
  }
  const { channels } = network.config;
  if (data.channels !== channels) throw new RangeError(`trainCategorical: data must have ${channels} channels, as the palette has, got ${data.channels}`);
  return run(options);
}

async function* run({ network, data, steps, batchSize = 32, seed = 1, rate = 1e-3, optimizer, from = 0 }: CategoricalTraining) {
  const stop = listenForStop();
  const adam = optimizer ?? new Adam(network.weights, { rate });
  const learn = compile((stepKey: Key, x0: Images, stepSize: tf.Scalar) => {
    const colours = toPalette(x0, network.palette);
    const { revealed, t, weights } = hide(stepKey, colours.shape);
    const z = reveal(fromPalette(colours, network.palette), revealed);
    return adam.minimize(() => crossEntropy(network(z, t), colours, weights), stepSize);
  }, { state: [...network.weights, ...adam.state], name: 'trainCategorical' });
  const images = batches(data, { size: batchSize, seed, start: from });
  try {
    for (let step = from; step < steps; step++) {
      const batch = images.next().value!;
      const loss = tf.tidy(() => learn(key(seed, step), batch.images, tf.scalar(adam.nextRate())));
      const progress = { step: step + 1, loss: loss.dataSync()[0], epoch: batch.epoch };
      loss.dispose();
      yield progress;
      await stop.turn();
    }
  } finally {
    stop.close();
    images.return(undefined);
    learn.dispose();
    if (!optimizer) adam.dispose();
  }
}

/**
 * Chooses which pixels are hidden: in each image from 1 to all of them.
 * `weights` make a sum over the hidden pixels of a batch the mean, over its images, of the mean over the hidden pixels of each.
 */
export function hide(key: Key, [batch, height, width]: [number, number, number]): { revealed: tf.Tensor4D; t: tf.Tensor1D; weights: tf.Tensor3D } {
  return tf.tidy(() => {
    const [level, order] = splitKey(key, 2);
    const pixels = height * width;
    const spread = tf.mod(tf.add(uniform(level, [1]), tf.div(tf.range(0, batch), batch)), 1);
    const count = tf.minimum(tf.add(tf.floor(tf.mul(spread, pixels)), 1), pixels);
    const rank = ranks(uniform(order, [batch, pixels]));
    const hidden = tf.cast(tf.less(rank, tf.reshape(count, [batch, 1])), 'float32');
    const weights = tf.div(hidden, tf.mul(tf.reshape(count, [batch, 1]), batch));
    return {
      revealed: tf.reshape(tf.sub(1, hidden), [batch, height, width, 1]) as tf.Tensor4D,
      t: tf.div(count, pixels) as tf.Tensor1D,
      weights: tf.reshape(weights, [batch, height, width]) as tf.Tensor3D,
    };
  });
}
