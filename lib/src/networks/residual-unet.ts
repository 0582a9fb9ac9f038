import { upsample2x } from '../backend/ops.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import type { Denoiser, Images, Level } from '../types.js';
import { levelEmbedding } from './embeddings.js';
import { convolution, dense, normalization } from './layers.js';
import { asNetwork, levels, type Network, Weights } from './network.js';
import { coordinates } from './planes.js';
import { residualBlock } from './residual-block.js';

/** The shape of a {@link residualUnet}. Everything but `kind` has a default, that of {@link residualConfig}. */
export interface ResidualUNetConfig {
  kind: 'residual-unet';
  /** Side of the square images, in pixels; halved at each level after the first. */
  size: number;
  /** Channels of the images: 1 or 3. */
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
  /** What the network is trained to return; samplers read it. */
  predicts: Denoiser['predicts'];
  /** Seed of the initial weights. */
  seed: number;
}

/** A configuration that leaves `outputs` to the channels of the images. */
type Template = Readonly<Omit<ResidualUNetConfig, 'outputs'>>;

/**
 * Three levels of 32, 64 and 128 channels, two blocks each, no dense layer: 1.2 million weights. What
 * {@link residualUnet} builds by default.
 */
export const residualConfig: Template = {
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
  predicts: 'clean',
  seed: 1,
};

/**
 * One level deeper, with one block each and a dense layer where the images are 4×4: 1.3 million weights, and fewer than
 * half the multiplications.
 */
export const denseResidualConfig: Template = { ...residualConfig, widths: [24, 48, 96, 96], blocks: 1, dense: 128 };

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
  const { size, channels, widths, groups, embedding } = config;
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);

  const embed = levelEmbedding(weights, 'level', { width: embedding });
  const input = convolution(weights, 'input', {
    side: 3,
    inputs: channels + (config.coordinates ? 2 : 0),
    outputs: widths[0],
  });
  const level = (name: string, width: number) =>
    Array.from({ length: config.blocks }, (_, j) =>
      residualBlock(weights, `${name}.block${j}`, { width, groups, embedding }),
    );
  const down = widths.map((width, i) => ({
    shrink:
      i === 0
        ? input
        : convolution(weights, `down${i}.shrink`, { side: 3, inputs: widths[i - 1], outputs: width, stride: 2 }),
    blocks: level(`down${i}`, width),
  }));
  const middle =
    config.dense > 0
      ? denseBlock(weights, 'middle', { side: size >> deepest, width: widths[deepest], groups, hidden: config.dense })
      : undefined;
  const up = widths.slice(0, -1).map((width, i) => ({
    grow: convolution(weights, `up${i}.grow`, { side: 3, inputs: widths[i + 1], outputs: width }),
    blocks: level(`up${i}`, width),
  }));
  const norm = normalization(weights, 'output.norm', { channels: widths[0], groups });
  // A small gain: outputs near 0, a grey that no sigmoid saturates at, or scores that favour nothing.
  const output = convolution(weights, 'output', { side: 1, inputs: widths[0], outputs, gain: 0.01 });

  const forward = (z: Images, t: Level): Images =>
    tf.tidy(() => {
      const batch = checkImages(z, config);
      const e = embed(levels(t, batch, 'residualUnet'));
      const kept: tf.Tensor4D[] = [];
      let h: tf.Tensor4D = config.coordinates
        ? tf.concat4d([z, tf.tile(coordinates(size, size), [batch, 1, 1, 1])], 3)
        : z;
      for (const { shrink, blocks } of down) {
        h = blocks.reduce((x, block) => block(x, e), shrink(h));
        kept.push(h);
      }
      if (middle) h = middle(h);
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, blocks } = up[i];
        h = blocks.reduce((x, block) => block(x, e), tf.add<tf.Tensor4D>(grow(upsample2x(h)), kept[i]));
      }
      const y = output(norm(h));
      return config.output === 'sigmoid' ? tf.sigmoid(y) : y;
    });

  return asNetwork(forward, { config, weights, predicts: config.predicts });
}

interface DenseShape {
  side: number;
  width: number;
  groups: number;
  hidden: number;
}

/**
 * Every value of a feature map meets every other, through a hidden layer; the result, which starts at zero, is added.
 */
function denseBlock(
  weights: Weights,
  name: string,
  { side, width, groups, hidden }: DenseShape,
): (h: tf.Tensor4D) => tf.Tensor4D {
  const values = side * side * width;
  const norm = normalization(weights, `${name}.norm`, { channels: width, groups });
  const inward = dense(weights, `${name}.in`, { inputs: values, outputs: hidden, gain: 2 });
  const outward = dense(weights, `${name}.out`, { inputs: hidden, outputs: values, gain: 0 });
  return (h) => {
    const flat = tf.reshape<tf.Rank.R2>(norm(h), [h.shape[0], values]);
    return tf.add(h, tf.reshape(outward(silu(inward(flat))), h.shape));
  };
}

const isCount = (n: number, least = 1): boolean => Number.isInteger(n) && n >= least;

function checkConfig({
  kind,
  size,
  channels,
  outputs,
  widths,
  blocks,
  groups,
  embedding,
  dense,
  output,
}: ResidualUNetConfig): void {
  const demand = (holds: boolean, message: string) => {
    if (!holds) throw new RangeError(`residualUnet: ${message}`);
  };
  demand(kind === 'residual-unet', `kind must be 'residual-unet', got '${String(kind)}'`);
  for (const [name, n] of Object.entries({ channels, outputs, blocks, groups }))
    demand(isCount(n), `${name} must be a whole number above 0, got ${n}`);
  demand(
    widths.length > 0 && widths.every((w) => isCount(w) && w % groups === 0),
    `widths must be a list of multiples of the ${groups} groups, got [${widths}]`,
  );
  const factor = 2 ** (widths.length - 1);
  demand(
    isCount(size) && size % factor === 0,
    `size must be a multiple of ${factor} for ${widths.length} levels, got ${size}`,
  );
  demand(isCount(embedding) && embedding % 2 === 0, `embedding must be an even whole number above 0, got ${embedding}`);
  demand(isCount(dense, 0), `dense must be a whole number of at least 0, got ${dense}`);
  demand(output === 'sigmoid' || output === 'linear', `output must be 'sigmoid' or 'linear', got '${String(output)}'`);
}

function checkImages(z: tf.Tensor, { size, channels }: ResidualUNetConfig): number {
  const [batch, height, width, depth] = z.shape;
  if (z.rank !== 4 || height !== size || width !== size || depth !== channels) {
    throw new RangeError(
      `residualUnet: images must have shape [batch, ${size}, ${size}, ${channels}], got [${z.shape}]`,
    );
  }
  return batch;
}
