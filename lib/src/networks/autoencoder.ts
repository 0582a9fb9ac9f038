import { upsample2x } from '../backend/ops.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole, shown } from '../check.js';
import type { Images, ImageShape } from '../types.js';
import { type Codec, codecs, type Spread } from './codec.js';
import { convolution, normalization } from './layers.js';
import { checkSize, checkWidths, holdWeights, Weights } from './network.js';
import { residualBlock } from './residual-block.js';

/** The shape of an {@link autoencoder}. Everything but `kind` has a default, that of {@link autoencoderConfig}. */
export interface AutoencoderConfig {
  kind: 'autoencoder';
  /** Side of the square images, in pixels; halved at each level after the first. */
  size: number;
  /** Channels of the images. */
  channels: number;
  /** Channels of the hidden layers at each level, from the full resolution down; `groups` must divide each. */
  widths: number[];
  /** Groups of each group normalisation. */
  groups: number;
  /** Numbers at each place of the latents. */
  latent: number;
  /** The mean of each latent channel, which `encode` takes away: 0 until it has been measured. */
  mean: number[];
  /** The standard deviation of each latent channel, by which `encode` divides: 1 until it has been measured. */
  deviation: number[];
  /** Seed of the initial weights. */
  seed: number;
}

/**
 * 64×64 pixels of 3 colours, 12,288 numbers, become 16×16 places of 4, 1,024: what {@link autoencoder} builds by
 * default.
 */
export const autoencoderConfig: Readonly<Omit<AutoencoderConfig, 'mean' | 'deviation'>> = {
  kind: 'autoencoder',
  size: 64,
  channels: 3,
  widths: [16, 32, 64],
  groups: 8,
  latent: 4,
  seed: 1,
};

/** A {@link Codec} that learns: one network makes latents of images, another images of latents. */
export interface Autoencoder extends Codec {
  readonly config: AutoencoderConfig;
  /** Height, width and channels of the images. */
  readonly shape: ImageShape;
  /** Height, width and channels of the latents. */
  readonly latentShape: ImageShape;
  /**
   * What the encoder says of images: for each number of the latents a normal distribution, `[batch, …latentShape]`
   * each. These are the numbers as they are learnt, before any mean is taken away.
   */
  posterior(images: Images): { mean: tf.Tensor4D; logVariance: tf.Tensor4D };
  /** What the decoder makes of latents as they are learnt, `[batch, …latentShape]`: images in (0, 1). */
  reconstruct(latents: tf.Tensor4D): Images;
  /** The means of the posterior with the measured mean taken away, divided by the measured deviation. */
  encode(images: Images): tf.Tensor4D;
  /** Back from latents as `encode` makes them. */
  decode(z: tf.Tensor4D): Images;
  /**
   * From now on `encode` brings each latent channel to mean 0 and standard deviation 1, and `decode` back; the numbers
   * become part of `config`, and so of a checkpoint.
   * @throws {RangeError} when there is not one of each for every channel, or a deviation is not above 0
   */
  normalize(spread: Spread): void;
}

/**
 * Builds an {@link Autoencoder}: strided convolutions down and repeated pixels up, with a residual block at each level
 * but the first of the way down. Each number of the latents is a normal distribution, as in Kingma and Welling 2014
 * (arXiv 1312.6114); the use for diffusion is that of Rombach et al. 2022 (arXiv 2112.10752, section 3.1).
 *
 * ```ts
 * const codec = autoencoder();
 * const z = codec.encode(images);   // [batch, 64, 64, 3] → [batch, 16, 16, 4]
 * const back = codec.decode(z);
 * ```
 * {@link trainAutoencoder} trains it, and {@link latentSpread} measures what `normalize` wants to know.
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images or latents have another
 * shape
 */
export function autoencoder(options: Partial<AutoencoderConfig> = {}): Autoencoder {
  const { latent = autoencoderConfig.latent } = options;
  checkWhole('autoencoder', 'latent', latent);
  const config: AutoencoderConfig = {
    ...autoencoderConfig,
    widths: [...autoencoderConfig.widths],
    mean: new Array<number>(latent).fill(0),
    deviation: new Array<number>(latent).fill(1),
    ...options,
  };
  checkConfig(config);
  const { size, channels, widths, groups } = config;
  const weights = new Weights(config.seed);
  const deepest = widths.length - 1;
  const side = size >> deepest;

  const input = convolution(weights, 'encoder.input', { side: 3, inputs: channels, outputs: widths[0] });
  const down = widths.slice(1).map((width, i) => {
    const name = `encoder.level${i + 1}`;
    return {
      norm: normalization(weights, `${name}.norm`, { channels: widths[i], groups }),
      shrink: convolution(weights, `${name}.shrink`, { side: 3, inputs: widths[i], outputs: width, stride: 2 }),
      block: residualBlock(weights, `${name}.block`, { width, groups }),
    };
  });
  const innerNorm = normalization(weights, 'encoder.norm', { channels: widths[deepest], groups });
  const inner = convolution(weights, 'encoder.output', { side: 1, inputs: widths[deepest], outputs: 2 * latent });

  const begin = convolution(weights, 'decoder.input', { side: 3, inputs: latent, outputs: widths[deepest] });
  const beginBlock = residualBlock(weights, 'decoder.block', { width: widths[deepest], groups });
  const up = widths.slice(0, -1).map((width, i) => ({
    grow: convolution(weights, `decoder.level${i}.grow`, { side: 3, inputs: widths[i + 1], outputs: width }),
    block: residualBlock(weights, `decoder.level${i}.block`, { width, groups }),
  }));
  const norm = normalization(weights, 'decoder.norm', { channels: widths[0], groups });
  const output = convolution(weights, 'decoder.output', { side: 3, inputs: widths[0], outputs: channels });

  const { parts, checkThere } = holdWeights('autoencoder', weights);
  const shape: ImageShape = [size, size, channels];
  const latentShape: ImageShape = [side, side, latent];

  const posterior: Autoencoder['posterior'] = (images) =>
    tf.tidy(() => {
      checkThere();
      checkBatch('images', images, shape);
      let h = input(images);
      for (const { norm, shrink, block } of down) h = block(shrink(norm(h)));
      const [mean, spread] = tf.split(inner(innerNorm(h)), 2, 3) as tf.Tensor4D[];
      // It begins with little noise, so that the decoder has something to go by.
      return { mean, logVariance: tf.clipByValue(tf.sub(spread, 4), -16, 4) as tf.Tensor4D };
    });
  const reconstruct: Autoencoder['reconstruct'] = (latents) =>
    tf.tidy(() => {
      checkThere();
      checkBatch('latents', latents, latentShape);
      let h = beginBlock(begin(latents));
      for (const { grow, block } of [...up].reverse()) h = block(grow(upsample2x(h)));
      return tf.sigmoid(output(norm(h)));
    });
  return {
    config,
    shape,
    latentShape,
    ...parts,
    posterior,
    reconstruct,
    encode: (images) => tf.tidy(() => tf.div(tf.sub(posterior(images).mean, config.mean), config.deviation)),
    decode: (z) =>
      tf.tidy(() => {
        checkBatch('latents', z, latentShape);
        return reconstruct(tf.add(tf.mul(z, config.deviation), config.mean));
      }),
    normalize: (spread) => {
      checkSpread('normalize', spread, latent);
      config.mean = [...spread.mean];
      config.deviation = [...spread.deviation];
    },
  };
}
codecs.define('autoencoder', autoencoder);

function checkConfig(config: AutoencoderConfig): void {
  const { kind, size, channels, widths, groups, latent } = config;
  checkKnown('autoencoder', config, [...Object.keys(autoencoderConfig), 'mean', 'deviation']);
  checkChoice('autoencoder', 'kind', kind, ['autoencoder']);
  checkWhole('autoencoder', 'channels', channels);
  checkWhole('autoencoder', 'groups', groups);
  checkWidths('autoencoder', widths, groups);
  checkWhole('autoencoder', 'size', size);
  checkSize('autoencoder', size, widths.length - 1);
  checkSpread('autoencoder', config, latent);
}

function checkSpread(caller: string, { mean, deviation }: Spread, latent: number): void {
  for (const [name, list] of Object.entries({ mean, deviation })) {
    const least = name === 'mean' ? -Infinity : 0;
    if (Array.isArray(list) && list.length === latent && list.every((x) => Number.isFinite(x) && x > least)) continue;
    const above = name === 'mean' ? '' : ' above 0';
    throw new RangeError(
      `${caller}: ${name} must be ${latent} numbers${above}, one for each latent channel, got ${shown(list)}`,
    );
  }
}

function checkBatch(name: string, tensor: tf.Tensor, shape: ImageShape): void {
  if (tensor.rank === 4 && tensor.shape.slice(1).join() === shape.join()) return;
  throw new RangeError(`autoencoder: ${name} must have shape [batch, ${shape.join(', ')}], got [${tensor.shape}]`);
}
