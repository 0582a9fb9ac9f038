import { upsample2x } from '../backend/ops.js';
import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole } from '../check.js';
import { levels } from '../level.js';
import type { Images } from '../types.js';
import { denseBlock } from './dense-block.js';
import { asNetwork, checkSize, type Network, sides, Weights } from './network.js';
import { type Layer, planeConvolution, planeDeconvolution, tell, type Told } from './plane-layers.js';
import { countPlanes, type Facts } from './planes.js';

/** The shape of a {@link unet}. Everything but `kind` has a default. */
export interface UNetConfig extends Facts {
  kind: 'unet';
  /** Side of the square images in pixels, or height and width; halved at each level after the first. */
  size: number | readonly [height: number, width: number];
  /** Channels of the images. */
  channels: number;
  /** Channels of the hidden layers at each level, from the full resolution down. */
  widths: number[];
  /** Width of the dense layer in the middle, where every pixel meets every other; 0 leaves it out. */
  dense: number;
  /** Whether each level's features are added to those of the same size on the way up. */
  skips: boolean;
  /** How images grow on the way up: by learnt 4×4 deconvolution, or by repeating pixels before a 3×3 convolution. */
  upsampling: 'deconvolution' | 'nearest';
  /**
   * `sigmoid` keeps the output in (0, 1). `change`: the network computes what to add to its input; `linear` leaves it
   * free.
   */
  output: 'change' | 'sigmoid' | 'linear';
  /** Seed of the initial weights. */
  seed: number;
}

const defaults: UNetConfig = {
  kind: 'unet',
  size: 32,
  channels: 3,
  widths: [24, 48, 64, 64],
  dense: 256,
  time: true,
  coordinates: true,
  skips: true,
  upsampling: 'deconvolution',
  output: 'sigmoid',
  seed: 1,
};

/**
 * The network of chapter 4, which learns to undo one step of a walk on faces: narrower than the default, and told to
 * change its input.
 */
export const naiveUnetConfig: Readonly<UNetConfig> = { ...defaults, widths: [16, 32, 64, 64], output: 'change' };

/**
 * The UNet of the series: 3×3 convolutions at each size, halving on the way down, a dense layer in the middle, doubling
 * on the way up with the features of the way down **added**, and a pointwise convolution at the end that also sees the
 * input, so that keeping a pixel is easy. The level t and both coordinates are extra channels before every convolution.
 * After Ronneberger et al. 2015 (arXiv 1505.04597), with the changes named above.
 *
 * ```ts
 * const network = unet({ channels: 1 });
 * const answer = network(z, 0.5);       // [batch, 32, 32, 1]
 * ```
 * @throws {RangeError | TypeError} when the configuration does not fit together, or, on a call, when images or level
 * have another shape
 */
export function unet(options: Partial<UNetConfig> = {}): Network & { readonly config: UNetConfig } {
  const config: UNetConfig = { ...defaults, ...options };
  config.widths = [...config.widths];
  checkConfig(config);
  const { channels, widths, skips } = config;
  const [height, width] = sides(config.size);
  const deepest = widths.length - 1;
  const extra = countPlanes(config);
  const weights = new Weights(config.seed);

  const down = widths.map((outputs, i) => {
    if (i === 0) return { mix: planeConvolution(weights, 'down0.mix', { side: 3, inputs: channels, outputs, extra }) };
    const inputs = widths[i - 1];
    return {
      shrink: planeConvolution(weights, `down${i}.shrink`, { side: 3, inputs, outputs, extra, stride: 2 }),
      mix: planeConvolution(weights, `down${i}.mix`, { side: 3, inputs: outputs, outputs, extra }),
    };
  });
  const middle = middleOf(config, weights);
  const up = widths.slice(0, -1).map((outputs, i) => ({
    grow: growing(config, weights, `up${i}.grow`, { inputs: widths[i + 1], outputs, extra }),
    mix: planeConvolution(weights, `up${i}.mix`, { side: 3, inputs: outputs, outputs, extra }),
  }));
  const output = planeConvolution(weights, 'output', {
    side: 1,
    inputs: widths[0] + channels,
    outputs: channels,
    extra,
    gain: config.output === 'linear' ? 1 : 0.01,
    relu: false,
  });
  if (config.output === 'sigmoid') passInput(output, widths[0]);

  const network = asNetwork(
    (z, t) => {
      const level = levels(t, z.shape[0], 'unet');
      const told = widths.map((_, i) => tell(level, height >> i, width >> i, config));
      const kept: tf.Tensor4D[] = [];
      let h: tf.Tensor4D = z;
      for (let i = 0; i <= deepest; i++) {
        const { shrink, mix } = down[i];
        if (shrink) h = shrink(h, told[i - 1]);
        h = mix(h, told[i]);
        kept.push(h);
      }
      if (middle) h = middle(h);
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, mix } = up[i];
        h = grow(h, told[i + 1], told[i]);
        if (skips) h = tf.add(h, kept[i]);
        h = mix(h, told[i]);
      }
      const y = output(tf.concat4d([h, z], 3), told[0]);
      return finish(config.output, y, z);
    },
    { config, weights, shape: [height, width, channels] },
  );
  return pure(network);
}

/** What is done to the last convolution's result y. */
function finish(output: UNetConfig['output'], y: tf.Tensor4D, z: Images): tf.Tensor4D {
  if (output === 'sigmoid') return tf.sigmoid(y);
  if (output === 'linear') return y;
  return tf.add(z, tf.mul(y, 0.1)); // a tenth, so that trembling weights move the images little
}

/** The dense layer in the middle, if there is one. */
function middleOf({ size, widths, dense }: UNetConfig, weights: Weights) {
  if (dense === 0) return undefined;
  const deepest = widths.length - 1;
  const [height, width] = sides(size);
  const values = (height >> deepest) * (width >> deepest) * widths[deepest];
  return denseBlock(weights, 'middle', { values, hidden: dense, inner: tf.relu, outer: tf.relu, gain: 2 });
}

/**
 * From features of one size to those of twice the size; `before` and `after` are what layers of these sizes are told.
 */
function growing(
  { upsampling }: UNetConfig,
  weights: Weights,
  name: string,
  options: { inputs: number; outputs: number; extra: number },
): (h: tf.Tensor4D, before: Told | undefined, after: Told | undefined) => tf.Tensor4D {
  if (upsampling === 'deconvolution') {
    const grow = planeDeconvolution(weights, name, options);
    return (h, before) => grow(h, before);
  }
  const grow = planeConvolution(weights, name, { side: 3, ...options });
  return (h, _, after) => grow(upsample2x(h), after);
}

/**
 * Lets the last convolution begin with 6·z − 3, where the input's channels stand from `first` on: through the sigmoid
 * that maps 0 to 0.05 and 1 to 0.95. A sigmoid that starts anywhere else saturates on mostly black images, and learns
 * nothing more.
 */
function passInput({ filter, bias }: Layer, first: number): void {
  const [, , inputs, channels] = filter.shape;
  tf.tidy(() => {
    const after = inputs - first - channels;
    // prettier-ignore
    const identity = tf.pad(tf.eye(channels), [[first, after], [0, 0]]).reshape<tf.Tensor4D>(filter.shape);
    filter.assign(tf.add(filter, tf.mul(identity, 6)));
    bias.assign(tf.fill([channels], -3));
  });
}

function checkConfig(config: UNetConfig): void {
  const { kind, size, channels, widths, dense, upsampling, output } = config;
  checkKnown('unet', config, Object.keys(defaults));
  checkChoice('unet', 'kind', kind, ['unet']);
  if (widths.length < 1 || !widths.every((w) => Number.isInteger(w) && w > 0))
    throw new RangeError(`unet: widths must be a list of whole numbers above 0, got [${widths}]`);
  checkSize('unet', size, widths.length - 1);
  checkWhole('unet', 'channels', channels);
  checkWhole('unet', 'dense', dense, 0);
  checkChoice('unet', 'upsampling', upsampling, ['deconvolution', 'nearest']);
  checkChoice('unet', 'output', output, ['change', 'sigmoid', 'linear']);
  for (const name of ['time', 'coordinates', 'skips'] as const) checkChoice('unet', name, config[name], [true, false]);
}
