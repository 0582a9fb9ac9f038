import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkPalette, toPalette, type Palette } from '../data/palette.js';
import { reveal } from '../degradations/hide.js';
import type { Images, ImageShape, Level } from '../types.js';
import { freeCompiled, keepCompiled } from './compiled.js';
import type { Model } from './network.js';
import { denseResidualConfig, residualUnet, type ResidualUNetConfig } from './residual-unet.js';

/**
 * A denoiser that does not say what colour a hidden pixel has, but how probable each colour of a palette is. It takes
 * partly hidden images, as `reveal` makes them, and the share of the pixels that is hidden; it returns logits
 * `[batch, height, width, colours]`.
 */
export interface CategoricalDenoiser {
  (revealed: Images, t: Level): tf.Tensor4D;
  /** The colours to choose from. */
  readonly palette: Palette;
  /** The weights that it uses, so that sampling can be compiled; an empty list where it has none. */
  readonly weights: readonly tf.Variable[];
  /** Height, width and channels of the images, where only one size will do. */
  readonly shape?: ImageShape;
}

/** A trainable {@link CategoricalDenoiser}. */
export interface CategoricalNetwork extends CategoricalDenoiser, Model {
  readonly config: CategoricalConfig;
  readonly weights: tf.Variable[];
  readonly shape: ImageShape;
}

/**
 * The shape of a {@link categoricalUnet}: that of its {@link residualUnet}, whose inputs and outputs the palette
 * decides.
 */
export interface CategoricalConfig extends Omit<ResidualUNetConfig, 'kind' | 'outputs' | 'output' | 'conditions'> {
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
export function categoricalUnet(
  options: Partial<CategoricalConfig> & Pick<CategoricalConfig, 'palette'>,
): CategoricalNetwork {
  const { palette } = options;
  checkPalette('categoricalUnet', palette);
  const colours = palette.length;
  const depth = palette[0].length;
  const { output: _, conditions: __, ...template } = denseResidualConfig;
  const config: CategoricalConfig = { ...template, channels: depth, ...options, kind: 'categorical-unet' };
  const { channels, palette: ___, ...shape } = config;
  if (channels !== depth)
    throw new RangeError(
      `categoricalUnet: channels must be ${depth}, as many as the colours of the palette have, got ${channels}`,
    );
  const inner = residualUnet({
    ...shape,
    kind: 'residual-unet',
    channels: colours + 1,
    outputs: colours,
    output: 'linear',
  });
  const forward = (z: Images, t: Level): tf.Tensor4D =>
    tf.tidy(() => {
      if (z.rank !== 4 || z.shape[3] !== channels + 1)
        throw new RangeError(
          `categoricalUnet: z must have ${channels + 1} channels, as reveal() makes it, got shape [${z.shape}]`,
        );
      const [images, revealed] = tf.split(z, [channels, 1], 3) as [Images, tf.Tensor4D];
      const oneHot = tf.oneHot(toPalette(images, palette), colours) as Images;
      return inner(reveal(oneHot, revealed), t);
    });
  keepCompiled(inner.weights);
  const network: CategoricalNetwork = Object.assign(forward, {
    config,
    palette,
    shape: [inner.shape[0], inner.shape[1], channels] as const,
    parameters: inner.parameters,
    weights: inner.weights,
    dispose: () => {
      freeCompiled(inner.weights);
      inner.dispose();
    },
  });
  return pure(network);
}
