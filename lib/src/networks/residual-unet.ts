import { coordinates as coordinatePlanes } from '../backend/coordinates.js';
import { upsample2x } from '../backend/ops.js';
import { pure } from '../backend/pure.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole } from '../check.js';
import { levels } from '../level.js';
import { denseBlock } from './dense-block.js';
import { levelEmbedding } from './embeddings.js';
import { convolution, normalization } from './layers.js';
import { asNetwork, checkSize, checkWidths, type Network, sides, Weights } from './network.js';
import { residualBlock } from './residual-block.js';

/** The shape of a {@link residualUnet}. Everything but `kind` has a default, that of {@link residualConfig}. */
export interface ResidualUNetConfig {
  kind: 'residual-unet';
  /** Side of the square images in pixels, or height and width; halved at each level after the first. */
  size: number | readonly [height: number, width: number];
  /** Channels of the images. */
  channels: number;
  /**
   * Channels of the result, as many as the images have if left out. More for a network that returns scores per pixel.
   */
  outputs: number;
  /** Channels of the hidden layers at each level, from the full resolution down; `groups` must divide each. */
  widths: number[];
  /** Residual blocks at each level, on the way down and again on the way up. */
  blocks: number;
  /** Groups of each group normalisation. */
  groups: number;
  /** Length of the level's embedding, an even number. */
  embedding: number;
  /** Width of the dense layer in the middle, where every position meets every other; 0 leaves it out. */
  dense: number;
  /** Whether the first convolution sees two more channels: the vertical and the horizontal coordinate of each pixel. */
  coordinates: boolean;
  /** `sigmoid` keeps the output in (0, 1); `linear` leaves it free. */
  output: 'sigmoid' | 'linear';
  /** What it must be told besides, by name, with the number of values of each; nothing by default. */
  conditions: Readonly<Record<string, number>>;
  /** Seed of the initial weights. */
  seed: number;
}

/** A configuration that leaves `outputs` to the channels of the images. */
export type ResidualTemplate = Readonly<Omit<ResidualUNetConfig, 'outputs'>>;

/**
 * Three levels of 32, 64 and 128 channels, two blocks each, no dense layer: 1.2 million weights. What
 * {@link residualUnet} builds by default.
 */
export const residualConfig: ResidualTemplate = {
  kind: 'residual-unet',
  size: 32,
  channels: 3,
  widths: [32, 64, 128],
  blocks: 2,
  groups: 8,
  embedding: 64,
  dense: 0,
  coordinates: true,
  output: 'sigmoid',
  conditions: {},
  seed: 1,
};

/**
 * One level deeper, with one block each and a dense layer where the images are 4×4: 1.3 million weights, and fewer than
 * half the multiplications.
 */
export const denseResidualConfig: ResidualTemplate = {
  ...residualConfig,
  widths: [24, 48, 96, 96],
  blocks: 1,
  dense: 128,
};

/**
 * A stronger UNet: residual blocks with group normalisation and SiLU, which are told the level by scale and shift.
 * On the way down, stride-2 convolutions halve the images; on the way up, pixels are repeated before a 3×3 convolution,
 * and the features of the way down are **added**. A pointwise convolution after a last normalisation makes the output.
 * After Ho et al. 2020 (arXiv 2006.11239, appendix B) and Dhariwal and Nichol 2021 (arXiv 2105.05233), without
 * attention.
 *
 * ```ts
 * const network = residualUnet();
 * const prediction = network(z, 0.5);                              // [batch, 32, 32, 3]
 * const scores = residualUnet({ outputs: 64, output: 'linear' });  // 64 numbers for each pixel
 * ```
 *
 * Conditions are class numbers, one for each image; −1 asks for nothing:
 * `residualUnet({ conditions: { digit: 10 } })(z, t, { digit })`.
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images or level have another
 * shape
 */
export function residualUnet(
  options: Partial<ResidualUNetConfig> = {},
): Network & { readonly config: ResidualUNetConfig } {
  const { outputs = options.channels ?? residualConfig.channels, ...others } = options;
  const config: ResidualUNetConfig = { ...residualConfig, ...others, outputs };
  config.widths = [...config.widths];
  checkConfig(config);
  const { channels, widths, blocks, groups, embedding, coordinates } = config;
  const [height, width] = sides(config.size);
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);

  const embed = levelEmbedding(weights, 'level', { width: embedding });
  const inputs = channels + (coordinates ? 2 : 0);
  const input = convolution(weights, 'input', { side: 3, inputs, outputs: widths[0] });
  const level = (name: string, channelsHere: number) =>
    Array.from({ length: blocks }, (_, j) =>
      residualBlock(weights, `${name}.block${j}`, { width: channelsHere, groups, embedding }),
    );
  const down = widths.map((outputs, i) => ({
    shrink:
      i === 0 ? input : convolution(weights, `down${i}.shrink`, { side: 3, inputs: widths[i - 1], outputs, stride: 2 }),
    blocks: level(`down${i}`, outputs),
  }));
  const middle = middleOf(config, weights);
  const up = widths.slice(0, -1).map((outputs, i) => ({
    grow: convolution(weights, `up${i}.grow`, { side: 3, inputs: widths[i + 1], outputs }),
    blocks: level(`up${i}`, outputs),
  }));
  const norm = normalization(weights, 'output.norm', { channels: widths[0], groups });
  // A small gain: outputs near 0, a grey that no sigmoid saturates at, or scores that favour nothing.
  const output = convolution(weights, 'output', { side: 1, inputs: widths[0], outputs, gain: 0.01 });
  const tables = conditionTables(config, weights);

  const network = asNetwork(
    (z, t, given) => {
      const batch = z.shape[0];
      let e = embed(levels(t, batch, 'residualUnet'));
      for (const [name, table] of Object.entries(tables)) e = tf.add(e, table(given[name] as tf.Tensor1D));
      let h: tf.Tensor4D = z;
      if (coordinates) h = tf.concat4d([z, tf.tile(coordinatePlanes(height, width), [batch, 1, 1, 1])], 3);
      const kept: tf.Tensor4D[] = [];
      for (const { shrink, blocks } of down) {
        h = shrink(h);
        for (const block of blocks) h = block(h, e);
        kept.push(h);
      }
      if (middle) h = middle(h);
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, blocks } = up[i];
        h = tf.add<tf.Tensor4D>(grow(upsample2x(h)), kept[i]);
        for (const block of blocks) h = block(h, e);
      }
      const y = output(norm(h));
      return config.output === 'sigmoid' ? tf.sigmoid(y) : y;
    },
    { config, weights, shape: [height, width, channels], conditions: config.conditions },
  );
  return pure(network);
}

/** The dense layer in the middle, if there is one; it starts as the identity. */
function middleOf({ size, widths, groups, dense }: ResidualUNetConfig, weights: Weights) {
  if (dense === 0) return undefined;
  const deepest = widths.length - 1;
  const [height, width] = sides(size);
  const values = (height >> deepest) * (width >> deepest) * widths[deepest];
  const norm = normalization(weights, 'middle.norm', { channels: widths[deepest], groups });
  const block = denseBlock(weights, 'middle', { values, hidden: dense, inner: silu, gain: 0 });
  return (h: tf.Tensor4D) => block(h, norm(h));
}

/** For each condition a table with a row for each of its values, and a first one for −1, which asks for nothing. */
function conditionTables({ conditions, embedding }: ResidualUNetConfig, weights: Weights) {
  const tables: Record<string, (values: tf.Tensor1D) => tf.Tensor2D> = {};
  for (const [name, count] of Object.entries(conditions)) {
    const rows = weights.normal(`condition.${name}`, [count + 1, embedding], { fanIn: embedding, gain: 1 });
    tables[name] = (values) => {
      const row = tf.oneHot(tf.cast(tf.add(values, 1), 'int32'), count + 1);
      return tf.matMul(tf.cast(row, 'float32') as tf.Tensor2D, rows as tf.Variable<tf.Rank.R2>);
    };
  }
  return tables;
}

function checkConfig(config: ResidualUNetConfig): void {
  const { kind, size, channels, outputs, widths, blocks, groups, embedding, dense, coordinates, output } = config;
  checkKnown('residualUnet', config, [...Object.keys(residualConfig), 'outputs']);
  checkChoice('residualUnet', 'kind', kind, ['residual-unet']);
  checkWhole('residualUnet', 'channels', channels);
  checkWhole('residualUnet', 'outputs', outputs);
  checkWhole('residualUnet', 'blocks', blocks);
  checkWhole('residualUnet', 'groups', groups);
  checkWidths('residualUnet', widths, groups);
  checkSize('residualUnet', size, widths.length - 1);
  if (!Number.isInteger(embedding) || embedding < 2 || embedding % 2 !== 0)
    throw new RangeError(`residualUnet: embedding must be an even whole number above 0, got ${embedding}`);
  checkWhole('residualUnet', 'dense', dense, 0);
  checkChoice('residualUnet', 'coordinates', coordinates, [true, false]);
  checkChoice('residualUnet', 'output', output, ['sigmoid', 'linear']);
  for (const [name, count] of Object.entries(config.conditions))
    checkWhole('residualUnet', `conditions.${name}`, count);
}
