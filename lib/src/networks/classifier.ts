import { pure } from '../backend/pure.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole } from '../check.js';
import type { Images } from '../types.js';
import { convolution, dense, normalization } from './layers.js';
import { holdWeights, type Model, Weights } from './network.js';
import { residualBlock } from './residual-block.js';

/** The shape of a {@link classifier}. Everything but `heads` has a default. */
export interface ClassifierConfig {
  kind: 'classifier';
  /** Side of the square images, in pixels; halved at each level after the first. */
  size: number;
  /** Channels of the images: 1 or 3. */
  channels: number;
  /** Channels of the hidden layers at each level, from the full resolution down; `groups` must divide each. */
  widths: number[];
  /** Groups of each group normalisation. */
  groups: number;
  /** Length of the feature vector. */
  features: number;
  /** What is told apart: for each attribute the words for its values. */
  heads: Record<string, readonly string[]>;
  /** Seed of the initial weights. */
  seed: number;
}

/** What a {@link Classifier} makes of `n` images. */
export interface Judgement {
  /** `[n, features]`: the last layer that all attributes share. It keeps what tells the values apart. */
  features: tf.Tensor2D;
  /**
   * `[n, widths[1]]`: the mean over all places of each channel of the first level below full resolution. It knows grain
   * and blur, which the last layer has learnt to overlook.
   */
  texture: tf.Tensor2D;
  /** For each attribute `[n, values]`: logits, whose softmax are the probabilities of its values. */
  scores: Record<string, tf.Tensor2D>;
}

/** A network that says what images show: one trunk, and for each attribute a linear head over its features. */
export interface Classifier extends Model {
  (images: Images): Judgement;
  readonly config: ClassifierConfig;
}

const defaults: Omit<ClassifierConfig, 'heads'> = {
  kind: 'classifier',
  size: 32,
  channels: 3,
  widths: [16, 32, 64, 64],
  groups: 8,
  features: 64,
  seed: 1,
};

/**
 * Builds a {@link Classifier}: a small residual network with its activations before its convolutions (He et al. 2016,
 * arXiv 1603.05027). Stride-2 convolutions halve the images, a residual block follows each, and a dense layer over what
 * is left of the image makes the features.
 *
 * ```ts
 * const network = classifier({ heads: { glasses: ['none', 'clear', 'dark'], hair: ['bald', 'short'] } });
 * const { features, scores } = network(images);   // [n, 64]; scores.glasses [n, 3], scores.hair [n, 2]
 * ```
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images have another shape
 */
export function classifier(options: Partial<ClassifierConfig> & Pick<ClassifierConfig, 'heads'>): Classifier {
  const config: ClassifierConfig = { ...defaults, ...options };
  checkConfig(config);
  const { size, channels, widths, groups, features, heads } = config;
  const weights = new Weights(config.seed);
  const side = size >> (widths.length - 1);
  const last = widths[widths.length - 1];

  const input = convolution(weights, 'input', { side: 3, inputs: channels, outputs: widths[0] });
  const levels = widths.slice(1).map((width, i) => ({
    norm: normalization(weights, `level${i + 1}.norm`, { channels: widths[i], groups }),
    shrink: convolution(weights, `level${i + 1}.shrink`, {
      side: 3,
      inputs: widths[i],
      outputs: width,
      stride: 2,
      gain: 2,
    }),
    block: residualBlock(weights, `level${i + 1}.block`, { width, groups, gain: 2 }),
  }));
  const norm = normalization(weights, 'features.norm', { channels: last, groups });
  const meet = dense(weights, 'features', { inputs: side * side * last, outputs: features, gain: 2 });
  const tell = Object.entries(heads).map(
    ([name, { length }]) => [name, dense(weights, `head.${name}`, { inputs: features, outputs: length })] as const,
  );

  const held = holdWeights('classifier', weights);
  const forward = (images: Images): Judgement =>
    tf.tidy(() => {
      held.checkThere();
      const [n, height, width, depth] = images.shape;
      if (images.rank !== 4 || height !== size || width !== size || depth !== channels) {
        throw new RangeError(
          `classifier: images must have shape [n, ${size}, ${size}, ${channels}], got [${images.shape}]`,
        );
      }
      const maps = [input(images)];
      for (const { norm, shrink, block } of levels) maps.push(block(shrink(norm(maps[maps.length - 1]))));
      const h = maps[maps.length - 1];
      const shared = silu(meet(tf.reshape<tf.Rank.R2>(norm(h), [n, side * side * last])));
      const texture = tf.mean(silu(maps[1]), [1, 2]) as tf.Tensor2D;
      return {
        features: shared,
        texture,
        scores: Object.fromEntries(tell.map(([name, head]) => [name, head(shared)])),
      };
    });
  return pure(Object.assign(forward, { config, ...held.parts }));
}

function checkConfig(config: ClassifierConfig): void {
  const { kind, size, channels, widths, groups, features, heads } = config;
  checkKnown('classifier', config, [...Object.keys(defaults), 'heads']);
  const demand = (holds: boolean, message: string) => {
    if (!holds) throw new RangeError(`classifier: ${message}`);
  };
  const isCount = (n: number): boolean => Number.isInteger(n) && n >= 1;
  checkChoice('classifier', 'kind', kind, ['classifier']);
  checkWhole('classifier', 'channels', channels);
  checkWhole('classifier', 'groups', groups);
  checkWhole('classifier', 'features', features);
  demand(
    widths.length > 1 && widths.every((w) => isCount(w) && w % groups === 0),
    `widths must be a list of at least two multiples of the ${groups} groups, got [${widths}]`,
  );
  const factor = 2 ** (widths.length - 1);
  demand(
    isCount(size) && size % factor === 0,
    `size must be a multiple of ${factor} for ${widths.length} levels, got ${size}`,
  );
  const names = Object.keys(heads);
  demand(names.length > 0, 'heads must name at least one attribute, got none');
  for (const name of names)
    demand(heads[name].length > 1, `heads must have at least two values of ${name}, got ${heads[name].length}`);
}
