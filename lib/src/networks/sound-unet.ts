import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkChoice, checkNumber, checkWhole } from '../check.js';
import { levels } from '../level.js';
import { checkConditions, conditionTables } from './conditions.js';
import { checkEven, levelEmbedding } from './embeddings.js';
import { convolution, normalization } from './layers.js';
import { asNetwork, checkWidths, type Network, Weights } from './network.js';
import { residualBlock } from './residual-block.js';

/** The shape of a {@link soundUnet}. Everything but `kind` has a default. */
export interface SoundUNetConfig {
  kind: 'sound-unet';
  /** Samples of each sound: a multiple of `patch`, and that number one of 2 at each level after the first. */
  length: number;
  /** Numbers at each moment: 1, or 2 for stereo. */
  channels: number;
  /** How many samples in a row the network takes for one place. */
  patch: number;
  /** Channels of the hidden layers at each level, from the full length down; `groups` must divide each. */
  widths: number[];
  /** Residual blocks at each level, on the way down and again on the way up. */
  blocks: number;
  /** Places that each filter sees, an odd number. */
  reach: number;
  /** Groups of each group normalisation. */
  groups: number;
  /** Length of the level's embedding, an even number. */
  embedding: number;
  /** What it must be told besides, by name, with the number of values of each; nothing by default. */
  conditions: Readonly<Record<string, number>>;
  /** Seed of the initial weights. */
  seed: number;
}

const defaults: SoundUNetConfig = {
  kind: 'sound-unet',
  length: 2048,
  channels: 1,
  patch: 16,
  widths: [64, 96, 128, 160],
  blocks: 1,
  reach: 5,
  groups: 8,
  embedding: 64,
  conditions: {},
  seed: 1,
};

/**
 * A UNet for one dimension: sounds, or whatever else comes in a row, as images of height 1. It is the
 * `residualUnet` with filters that are 1 high, and with folding in the place of everything that changes the
 * size: `patch` samples side by side become the channels of one place, at each level below two places become one with
 * twice the channels, and a pointwise convolution goes on from there. On the way up it is undone. The first layer also
 * sees when it is, from 0 at the beginning to 1 at the end.
 *
 * Its answer is not bounded. With the default configuration it has 1.1 million weights.
 *
 * ```ts
 * const network = soundUnet({ conditions: { note: 24 } });
 * const answer = network(z, 0.5, { note: tf.tensor1d([5]) });       // [1, 1, 2048, 1]
 * ```
 * @throws {RangeError | TypeError} when the configuration does not fit together, or, on a call, when sounds, level or
 * conditions have another shape
 */
export function soundUnet(options: Partial<SoundUNetConfig> = {}): Network & { readonly config: SoundUNetConfig } {
  const config: SoundUNetConfig = { ...defaults, ...options };
  checkConfig(config);
  config.widths = [...config.widths];
  const { length, channels, patch, widths, blocks, reach, groups, embedding } = config;
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);
  const side = [1, reach] as const;

  const embed = levelEmbedding(weights, 'level', { width: embedding, seed: config.seed });
  const pointwise = (name: string, inputs: number, outputs: number) =>
    convolution(weights, name, { side: 1, inputs, outputs });
  const level = (name: string, width: number) =>
    Array.from({ length: blocks }, (_, j) =>
      residualBlock(weights, `${name}.block${j}`, { width, groups, embedding, side }),
    );
  const input = convolution(weights, 'input', { side, inputs: patch * channels + 1, outputs: widths[0] });
  const down = widths.map((width, i) => ({
    shrink: i === 0 ? input : pointwise(`down${i}.shrink`, 2 * widths[i - 1], width),
    blocks: level(`down${i}`, width),
  }));
  const up = widths.slice(0, -1).map((width, i) => ({
    grow: pointwise(`up${i}.grow`, widths[i + 1], 2 * width),
    blocks: level(`up${i}`, width),
  }));
  const norm = normalization(weights, 'output.norm', { channels: widths[0], groups });
  const output = convolution(weights, 'output', { side, inputs: widths[0], outputs: patch * channels, gain: 0.01 });
  const addConditions = conditionTables(weights, config);

  const network = asNetwork(
    (z, t, given) => {
      const e = addConditions(embed(levels(t, z.shape[0], 'soundUnet')), given);
      let h = tf.concat4d([fold(z, patch), moments(z.shape[0], length / patch)], 3);
      const kept: tf.Tensor4D[] = [];
      for (const [i, { shrink, blocks }] of down.entries()) {
        h = shrink(i === 0 ? h : fold(h, 2));
        for (const block of blocks) h = block(h, e);
        kept.push(h);
      }
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, blocks } = up[i];
        h = tf.add<tf.Tensor4D>(unfold(grow(h), 2), kept[i]);
        for (const block of blocks) h = block(h, e);
      }
      return unfold(output(norm(h)), patch);
    },
    { config, weights, shape: [1, length, channels], conditions: config.conditions },
  );
  return pure(network);
}

/** `by` places in a row become one with as many times the channels: `[b, 1, n, c]` → `[b, 1, n/by, by·c]`. */
function fold(x: tf.Tensor4D, by: number): tf.Tensor4D {
  const [batch, , places, channels] = x.shape;
  return tf.reshape(x, [batch, 1, places / by, by * channels]);
}

/** Undoes {@link fold}. */
function unfold(x: tf.Tensor4D, by: number): tf.Tensor4D {
  const [batch, , places, channels] = x.shape;
  return tf.reshape(x, [batch, 1, places * by, channels / by]);
}

/** When each place is, from 0 to 1: `[batch, 1, places, 1]`. */
function moments(batch: number, places: number): tf.Tensor4D {
  return tf.tile(tf.reshape<tf.Rank.R4>(tf.linspace(0, 1, places), [1, 1, places, 1]), [batch, 1, 1, 1]);
}

function checkConfig(config: SoundUNetConfig): void {
  const { kind, length, channels, patch, widths, blocks, reach, groups, embedding } = config;
  checkKnown('soundUnet', config, Object.keys(defaults));
  checkChoice('soundUnet', 'kind', kind, ['sound-unet']);
  for (const [name, value] of Object.entries({ length, channels, patch, blocks, groups }))
    checkWhole('soundUnet', name, value);
  checkWidths('soundUnet', widths, groups);
  const factor = patch * 2 ** (widths.length - 1);
  const fits = (n: number) => n % factor === 0;
  checkNumber('soundUnet', 'length', length, fits, `be a multiple of ${factor} for ${widths.length} levels`);
  const isOdd = (n: number) => Number.isInteger(n) && n > 0 && n % 2 === 1;
  checkNumber('soundUnet', 'reach', reach, isOdd, 'be an odd whole number above 0');
  checkEven('soundUnet', 'embedding', embedding);
  checkConditions('soundUnet', config.conditions);
}
