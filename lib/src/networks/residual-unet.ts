import { coordinates as coordinatePlanes } from '../backend/coordinates.js';
import { upsample2x } from '../backend/ops.js';
import { pure } from '../backend/pure.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole, shown } from '../check.js';
import { levels } from '../level.js';
import type { Conditions, Given } from '../types.js';
import { type Attentive, attentionBlock, Onlooker } from './attention-block.js';
import { checkHeads } from './attention.js';
import { checkConditions, conditionTables, conditionTexts, completeTexts } from './conditions.js';
import { denseBlock } from './dense-block.js';
import { checkEven, levelEmbedding, type Waves } from './embeddings.js';
import { convolution, dense, normalization } from './layers.js';
import { asNetwork, checkSize, checkWidths, type Network, sides, Weights } from './network.js';
import { residualBlock } from './residual-block.js';
import { type TextShape } from './text-encoder.js';
import { convNextBlock } from './token-blocks.js';

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
  /** Blocks at each level, on the way down and again on the way up. */
  blocks: number;
  /** What the blocks are: two 3×3 convolutions, or a ConvNeXt block. */
  block: 'residual' | 'convnext';
  /** Groups of each group normalisation. */
  groups: number;
  /**
   * How the level comes in: as waves of fixed frequencies (`sinusoidal`) or of random ones (`fourier`), of which each
   * block is told; or as one more channel of the first convolution (`plane`), and nowhere else.
   */
  level: Waves | 'plane';
  /** Length of the level's embedding, an even number. */
  embedding: number;
  /** Whether residual blocks are told by scale and shift after a normalisation, or by a sum before it. */
  adaptive: boolean;
  /** Heights of the feature maps at which attention follows each block: some of those of the levels. */
  attention: number[];
  /** Heads of each attention; they must divide the channels where it is. */
  heads: number;
  /** Width of the dense layer in the middle, where every position meets every other; 0 leaves it out. */
  dense: number;
  /** Whether the first convolution sees two more channels: the vertical and the horizontal coordinate of each pixel. */
  coordinates: boolean;
  /** `sigmoid` keeps the output in (0, 1); `linear` leaves it free. */
  output: 'sigmoid' | 'linear';
  /** What it must be told besides, by name, with the number of values of each; nothing by default. */
  conditions: Readonly<Record<string, number>>;
  /** What it must be told in words, by name, with the encoder that reads them; nothing by default. */
  text: Readonly<Record<string, TextShape>>;
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
  block: 'residual',
  groups: 8,
  level: 'sinusoidal',
  embedding: 64,
  adaptive: true,
  attention: [],
  heads: 1,
  dense: 0,
  coordinates: true,
  output: 'sigmoid',
  conditions: {},
  text: {},
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
 * After Ho et al. 2020 (arXiv 2006.11239, appendix B) and Dhariwal and Nichol 2021 (arXiv 2105.05233). Attention, other
 * blocks and other ways of telling the level are options.
 *
 * ```ts
 * const network = residualUnet();
 * const prediction = network(z, 0.5);                              // [batch, 32, 32, 3]
 * const scores = residualUnet({ outputs: 64, output: 'linear' });  // 64 numbers for each pixel
 * const attentive = residualUnet({ attention: [8], heads: 4 });    // attentive.attentionMaps(z, 0.5) shows it
 * ```
 *
 * Conditions are class numbers, one for each image; −1 asks for nothing:
 * `residualUnet({ conditions: { digit: 10 } })(z, t, { digit })`. Texts are numbers of words, as a `tokenizer` makes
 * them, and a {@link textEncoder} that is trained along reads them:
 * `residualUnet({ text: { caption: { words, length: 32, width: 64, blocks: 2, heads: 4 } } })`. A text without words
 * asks for nothing.
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images or level have another
 * shape
 */
export function residualUnet(
  options: Partial<ResidualUNetConfig> = {},
): Network & Attentive & { readonly config: ResidualUNetConfig } {
  const { outputs = options.channels ?? residualConfig.channels, ...others } = options;
  const config: ResidualUNetConfig = { ...residualConfig, ...others, outputs };
  checkConfig(config);
  config.widths = [...config.widths];
  config.attention = [...config.attention];
  config.text = completeTexts('residualUnet', config.text);
  const { channels, widths, groups, embedding, coordinates } = config;
  const [height, width] = sides(config.size);
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);

  const isPlane = config.level === 'plane';
  const waves = config.level === 'plane' ? undefined : config.level;
  const embed = waves && levelEmbedding(weights, 'level', { width: embedding, waves, seed: config.seed });
  const inputs = channels + (isPlane ? 1 : 0) + (coordinates ? 2 : 0);
  const input = convolution(weights, 'input', { side: 3, inputs, outputs: widths[0] });
  const onlooker = new Onlooker();
  const level = (name: string, i: number) => levelOf(config, weights, { name, i, onlooker });
  const down = widths.map((outputs, i) => ({
    shrink:
      i === 0 ? input : convolution(weights, `down${i}.shrink`, { side: 3, inputs: widths[i - 1], outputs, stride: 2 }),
    blocks: level(`down${i}`, i),
  }));
  const middle = middleOf(config, weights);
  const up = widths.slice(0, -1).map((outputs, i) => ({
    grow: convolution(weights, `up${i}.grow`, { side: 3, inputs: widths[i + 1], outputs }),
    blocks: level(`up${i}`, i),
  }));
  const norm = normalization(weights, 'output.norm', { channels: widths[0], groups });
  // A small gain: outputs near 0, a grey that no sigmoid saturates at, or scores that favour nothing.
  const output = convolution(weights, 'output', { side: 1, inputs: widths[0], outputs, gain: 0.01 });
  const tell = toldOf(config, weights);

  const network = asNetwork(
    (z, t, given) => {
      const batch = z.shape[0];
      const each = levels(t, batch, 'residualUnet');
      const e = embed && tell.all(embed(each), given);
      const seen: tf.Tensor4D[] = [z];
      if (isPlane) seen.push(tf.tile(tf.reshape<tf.Rank.R4>(each, [batch, 1, 1, 1]), [1, height, width, 1]));
      if (coordinates) seen.push(tf.tile(coordinatePlanes(height, width), [batch, 1, 1, 1]));
      let h = seen.length > 1 ? tf.concat4d(seen, 3) : z;
      const kept: tf.Tensor4D[] = [];
      for (const { shrink, blocks } of down) {
        h = shrink(h);
        for (const block of blocks) h = block(h, e);
        kept.push(h);
      }
      if (middle) h = middle(h, e);
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, blocks } = up[i];
        h = tf.add<tf.Tensor4D>(grow(upsample2x(h)), kept[i]);
        for (const block of blocks) h = block(h, e);
      }
      const y = output(norm(h));
      return config.output === 'sigmoid' ? tf.sigmoid(y) : y;
    },
    { config, weights, shape: [height, width, channels], conditions: tell.conditions },
  );
  const attentionMaps: Attentive['attentionMaps'] = (z, t, given) => onlooker.watch(() => network(z, t, given));
  return pure(Object.assign(network, { attentionMaps }));
}

/**
 * What all blocks are told: the level's embedding e, to which a hidden layer adds what it makes of e and all that is
 * given together, so that a condition may say one thing where there is much noise and another where there is little.
 */
function toldOf(
  config: ResidualUNetConfig,
  weights: Weights,
): { conditions: Conditions; all: (e: tf.Tensor2D, given: Given) => tf.Tensor2D } {
  const { embedding } = config;
  // As loud as the level from the start: rows of variance 1/64 took hundreds of steps to be heard.
  const addConditions = conditionTables(weights, { ...config, gain: embedding });
  const texts = conditionTexts('residual-unet', weights, config);
  const conditions = { ...config.conditions, ...texts.conditions };
  if (Object.keys(conditions).length === 0) return { conditions, all: (e) => e };
  const inward = dense(weights, 'told.in', { inputs: embedding, outputs: 2 * embedding, gain: 2 });
  const outward = dense(weights, 'told.out', { inputs: 2 * embedding, outputs: embedding, gain: 0.1 });
  const all = (e: tf.Tensor2D, given: Given): tf.Tensor2D =>
    tf.add(e, outward(silu(inward(texts.add(addConditions(e, given), given)))));
  return { conditions, all };
}

/** The blocks of a level, with attention after each if there is any at this height. */
function levelOf(
  config: ResidualUNetConfig,
  weights: Weights,
  { name, i, onlooker }: { name: string; i: number; onlooker: Onlooker },
): ((h: tf.Tensor4D, e?: tf.Tensor2D) => tf.Tensor4D)[] {
  const { widths, groups, adaptive, heads } = config;
  const width = widths[i];
  const embedding = config.level === 'plane' ? undefined : config.embedding;
  const isAttentive = config.attention.includes(sides(config.size)[0] >> i);
  return Array.from({ length: config.blocks }, (_, j) => {
    const own = `${name}.block${j}`;
    const mix =
      config.block === 'convnext'
        ? convNextBlock(weights, own, { width, embedding })
        : residualBlock(weights, own, { width, groups, embedding, adaptive });
    if (!isAttentive) return mix;
    const look = attentionBlock(weights, `${own}.attention`, { width, groups, heads });
    return (h, e) => {
      const mixed = mix(h, e);
      onlooker.see(own, () => look.maps(mixed));
      return look(mixed);
    };
  });
}

/**
 * The dense layer in the middle, if there is one; it starts as the identity. It is told conditions, too: what a class
 * looks like as a whole is learnt soonest where every position meets every other.
 */
function middleOf({ size, widths, groups, dense, conditions, text, ...config }: ResidualUNetConfig, weights: Weights) {
  if (dense === 0) return undefined;
  const isTold = Object.keys({ ...conditions, ...text }).length > 0;
  const embedding = isTold ? config.embedding : undefined;
  const deepest = widths.length - 1;
  const [height, width] = sides(size);
  const values = (height >> deepest) * (width >> deepest) * widths[deepest];
  const norm = normalization(weights, 'middle.norm', { channels: widths[deepest], groups });
  const block = denseBlock(weights, 'middle', { values, hidden: dense, inner: silu, embedding, gain: 0 });
  return (h: tf.Tensor4D, e?: tf.Tensor2D) => block(h, norm(h), e);
}

function checkConfig(config: ResidualUNetConfig): void {
  const { kind, size, channels, outputs, widths, blocks, groups, embedding, dense, coordinates, output } = config;
  const { block, level, adaptive, attention, heads } = config;
  checkKnown('residualUnet', config, [...Object.keys(residualConfig), 'outputs']);
  checkChoice('residualUnet', 'kind', kind, ['residual-unet']);
  checkWhole('residualUnet', 'channels', channels);
  checkWhole('residualUnet', 'outputs', outputs);
  checkWhole('residualUnet', 'blocks', blocks);
  checkWhole('residualUnet', 'groups', groups);
  checkWidths('residualUnet', widths, groups);
  checkSize('residualUnet', size, widths.length - 1);
  checkEven('residualUnet', 'embedding', embedding);
  checkWhole('residualUnet', 'dense', dense, 0);
  checkChoice('residualUnet', 'coordinates', coordinates, [true, false]);
  checkChoice('residualUnet', 'output', output, ['sigmoid', 'linear']);
  checkChoice('residualUnet', 'block', block, ['residual', 'convnext']);
  checkChoice('residualUnet', 'level', level, ['sinusoidal', 'fourier', 'plane']);
  checkChoice('residualUnet', 'adaptive', adaptive, [true, false]);
  const heights = widths.map((_, i) => sides(size)[0] >> i);
  if (!Array.isArray(attention) || !attention.every((height) => heights.includes(height)))
    throw new RangeError(
      `residualUnet: attention must list heights of feature maps, some of [${heights}], got ${shown(attention)}`,
    );
  for (const height of attention) checkHeads('residualUnet', heads, widths[heights.indexOf(height)]);
  checkConditions('residualUnet', config.conditions);
  if (level === 'plane' && Object.keys({ ...config.conditions, ...config.text }).length > 0)
    throw new RangeError("residualUnet: conditions are told with the level, which must not be 'plane' then");
}
