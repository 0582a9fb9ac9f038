import { pure } from '../backend/pure.js';
import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkNumber, checkWhole } from '../check.js';
import { levels } from '../level.js';
import { type Attentive, Onlooker } from './attention-block.js';
import { checkHeads } from './attention.js';
import { checkConditions, conditionTables } from './conditions.js';
import { checkEven, checkFourfold, levelEmbedding, positionEmbedding, type Waves } from './embeddings.js';
import { dense } from './layers.js';
import { asNetwork, type Network, sides, Weights } from './network.js';
import { patches } from './patches.js';
import { adapted, transformerBlock } from './token-blocks.js';

/** The shape of a {@link diffusionTransformer}. Everything but `kind` has a default. */
export interface DiffusionTransformerConfig {
  kind: 'diffusion-transformer';
  /** Side of the square images in pixels, or height and width. */
  size: number | readonly [height: number, width: number];
  /** Channels of the images. */
  channels: number;
  /** Channels of the result, as many as the images have if left out. */
  outputs: number;
  /** Side of the patches that become tokens, which must divide height and width; half the side, four times as many. */
  patch: number;
  /** Channels of a token: a multiple of 4, and of `heads`. */
  width: number;
  /** How many blocks of attention and perceptron. */
  depth: number;
  /** Heads of each attention. */
  heads: number;
  /** How many times as many channels the perceptrons have within. */
  ratio: number;
  /** Length of the level's embedding, an even number. */
  embedding: number;
  /** How the level comes in: waves of fixed frequencies, or of random ones. */
  level: Waves;
  /** `sigmoid` keeps the output in (0, 1); `linear` leaves it free. */
  output: 'sigmoid' | 'linear';
  /** What it must be told besides, by name, with the number of values of each; nothing by default. */
  conditions: Readonly<Record<string, number>>;
  /** Seed of the initial weights. */
  seed: number;
}

const defaults: Omit<DiffusionTransformerConfig, 'outputs'> = {
  kind: 'diffusion-transformer',
  size: 32,
  channels: 3,
  patch: 4,
  width: 96,
  depth: 8,
  heads: 4,
  ratio: 4,
  embedding: 64,
  level: 'sinusoidal',
  output: 'sigmoid',
  conditions: {},
  seed: 1,
};

/**
 * A diffusion transformer (DiT; Peebles and Xie 2023, arXiv 2212.09748, section 3.2): images are cut into patches, each
 * of which becomes a token that knows its place; tokens attend to each other in blocks that are told the level by
 * adaptive layer normalisation; a last one, and a linear function, make patches of them again. Blocks start as the
 * identity, and the answer at 0. By default 1.2 million weights, 64 tokens.
 *
 * ```ts
 * const network = diffusionTransformer({ patch: 4, width: 96, depth: 8, heads: 4, output: 'linear' });
 * const prediction = network(z, 0.5);                            // [batch, 32, 32, 3]
 * const { 'block0': looks } = network.attentionMaps(z, 0.5);     // [batch, 4, 64, 64]
 * ```
 *
 * Conditions are class numbers, one for each image; −1 asks for nothing.
 * @throws {RangeError | TypeError} when the configuration does not fit together, or, on a call, when images or level
 * have another shape
 */
export function diffusionTransformer(
  options: Partial<DiffusionTransformerConfig> = {},
): Network & Attentive & { readonly config: DiffusionTransformerConfig } {
  const { outputs = options.channels ?? defaults.channels, ...others } = options;
  const config: DiffusionTransformerConfig = { ...defaults, ...others, outputs };
  checkConfig(config);
  const { channels, patch, width, depth, heads, ratio, embedding } = config;
  const [height, across] = sides(config.size);
  const weights = new Weights(config.seed);

  const embed = levelEmbedding(weights, 'level', { width: embedding, waves: config.level, seed: config.seed });
  const tell = dense(weights, 'told', { inputs: embedding, outputs: embedding });
  const cut = patches(weights, 'patches', { patch, channels, width, outputs });
  const blocks = Array.from({ length: depth }, (_, i) => ({
    name: `block${i}`,
    block: transformerBlock(weights, `block${i}`, { width, heads, embedding, ratio }),
  }));
  const modulate = dense(weights, 'output.level', { inputs: embedding, outputs: 2 * width, gain: 0 });
  const addConditions = conditionTables(weights, config);
  const onlooker = new Onlooker();

  const network = asNetwork(
    (z, t, given) => {
      const e = addConditions(tell(embed(levels(t, z.shape[0], 'diffusionTransformer'))), given);
      const places = positionEmbedding({ rows: height / patch, columns: across / patch, width });
      let h = tf.add<tf.Tensor3D>(cut.tokens(z), places);
      for (const { name, block } of blocks) {
        const seen = h;
        onlooker.see(name, () => block.maps(seen, e));
        h = block(h, e);
      }
      const [s, b] = tf.split(modulate(silu(e)), 2, 1) as tf.Tensor2D[];
      const y = cut.images(adapted(h, s, b), [height, across]);
      return config.output === 'sigmoid' ? tf.sigmoid(y) : y;
    },
    { config, weights, shape: [height, across, channels], conditions: config.conditions },
  );
  const attentionMaps: Attentive['attentionMaps'] = (z, t, given) => onlooker.watch(() => network(z, t, given));
  return pure(Object.assign(network, { attentionMaps }));
}

function checkConfig(config: DiffusionTransformerConfig): void {
  const caller = 'diffusionTransformer';
  const { kind, size, channels, outputs, patch, width, depth, heads, ratio, embedding, level, output } = config;
  checkKnown(caller, config, [...Object.keys(defaults), 'outputs']);
  checkChoice(caller, 'kind', kind, ['diffusion-transformer']);
  for (const [name, value] of Object.entries({ channels, outputs, patch, depth, ratio }))
    checkWhole(caller, name, value);
  checkFourfold(caller, 'width', width);
  checkHeads(caller, heads, width);
  checkEven(caller, 'embedding', embedding);
  for (const side of typeof size === 'number' || Array.isArray(size) ? sides(size) : [NaN])
    checkNumber(
      caller,
      'size',
      side,
      (n) => Number.isSafeInteger(n) && n > 0 && n % patch === 0,
      `be a multiple of patch, ${patch}, or two of them for height and width`,
    );
  checkChoice(caller, 'level', level, ['sinusoidal', 'fourier']);
  checkChoice(caller, 'output', output, ['sigmoid', 'linear']);
  checkConditions(caller, config.conditions);
}
