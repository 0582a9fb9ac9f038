import { tf } from '../backend/tf.js';
import { checkPalette, toPalette, type Palette } from '../data/palette.js';
import type { Denoiser, Images, Level } from '../types.js';
import type { Network } from './network.js';
import { denseResidualConfig, residualUnet, type ResidualUNetConfig } from './residual-unet.js';
import { freeCompiled, keepCompiled } from './compiled.js';

/**
 * A denoiser that does not say what colour a hidden pixel has, but how probable each colour of a palette is. It takes
 * partly hidden images, as {@link reveal} makes them, and the share of the pixels that is hidden; it returns logits
 * `[batch, height, width, colours]`.
 */
export interface CategoricalDenoiser extends Denoiser {
  readonly predicts: 'logits';
  readonly palette: Palette;
}

/** A trainable {@link CategoricalDenoiser}. */
export interface CategoricalNetwork extends CategoricalDenoiser, Network {
  readonly predicts: 'logits';
  readonly config: CategoricalConfig;
}

/**
 * The shape of a {@link categoricalUnet}: that of its {@link residualUnet}, whose inputs and outputs the palette
 * decides.
 */
export interface CategoricalConfig extends Omit<ResidualUNetConfig, 'kind' | 'outputs' | 'output' | 'predicts'> {
  kind: 'categorical-unet';
  /** The colours to choose from. They travel with the network. */
  palette: Palette;
}

/**
 * A {@link residualUnet} that gives each pixel a probability for each colour of a palette. By default it has the shape
 * of {@link denseResidualConfig}.
 *
 * Each revealed pixel enters as the number of its colour, one channel for each (one-hot), beside a channel that says
 * whether it is revealed: from red, green and blue a network must first learn which colours there are, and takes about
 * twice as many steps.
 *
 * ```ts
 * const network = categoricalUnet({ palette: fitPalette(data) });
 * const logits = network(reveal(images, revealed), t);     // [batch, 32, 32, 64]
 * ```
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images or level have another
 * shape
 */
export function categoricalUnet({
  palette,
  ...options
}: Partial<CategoricalConfig> & Pick<CategoricalConfig, 'palette'>): CategoricalNetwork {
  checkPalette('categoricalUnet', palette);
  const { predicts: _, output: __, ...template } = denseResidualConfig;
  const config: CategoricalConfig = {
    ...template,
    channels: palette[0].length,
    ...options,
    kind: 'categorical-unet',
    palette,
  };
  if (config.channels !== palette[0].length)
    throw new RangeError(
      `categoricalUnet: channels must be ${palette[0].length}, as many as the colours of the palette have, got ${config.channels}`,
    );
  const { kind: ___, palette: ____, ...shape } = config;
  const inner = residualUnet({
    ...shape,
    channels: palette.length + 1,
    outputs: palette.length,
    output: 'linear',
    predicts: 'logits',
  });
  const forward = (z: Images, t: Level): Images =>
    tf.tidy(() => {
      if (z.rank !== 4 || z.shape[3] !== config.channels + 1) {
        throw new RangeError(
          `categoricalUnet: z must have ${config.channels + 1} channels, as reveal() makes it, got shape [${z.shape}]`,
        );
      }
      const [images, revealed] = tf.split(z, [config.channels, 1], 3) as [Images, tf.Tensor4D];
      return inner(reveal(tf.oneHot(toPalette(images, palette), palette.length) as Images, revealed), t);
    });
  const network = Object.assign(forward, {
    predicts: 'logits' as const,
    config,
    palette,
    parameters: inner.parameters,
    weights: inner.weights,
    dispose: () => {
      freeCompiled(network);
      inner.dispose();
    },
  });
  keepCompiled(network);
  return network;
}

/**
 * Partly hidden images, as a {@link CategoricalDenoiser} takes them: like images with an alpha channel, 0 in all
 * channels where a pixel is hidden, and its colour and a 1 where it is revealed.
 * @param images `[batch, height, width, channels]`
 * @param revealed `[batch, height, width, 1]`: 1 where a pixel is revealed, 0 where it is hidden
 * @returns `[batch, height, width, channels + 1]`
 */
export function reveal(images: Images, revealed: tf.Tensor4D): Images {
  return tf.tidy(() => tf.concat4d([tf.mul<Images>(images, revealed), revealed], 3));
}
