import { tf } from '../backend/tf.js';
import { type Addend, convolution, transposedConvolution } from '../backend/convolution.js';
import { upsample2x } from '../backend/ops.js';
import type { Denoiser, Images, Level } from '../types.js';
import { asNetwork, levels, type Network, Weights } from './network.js';
import { countPlanes, type Facts, planeParts } from './planes.js';

/** The shape of a {@link unet}. Everything but `kind` has a default. */
export interface UNetConfig extends Facts {
  kind: 'unet';
  /** Side of the square images, in pixels; halved at each level after the first. */
  size: number;
  /** Channels of the images: 1 or 3. */
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
  /** What the network is trained to return; samplers read it. */
  predicts: Denoiser['predicts'];
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
  predicts: 'previous',
  seed: 1,
};

/**
 * The network of chapter 4, which learns to undo one step of a walk on faces: narrower than the default, and told to
 * change its input.
 */
export const naiveUnetConfig: Readonly<UNetConfig> = { ...defaults, widths: [16, 32, 64, 64], output: 'change' };

/** What is done to the last convolution's result y. A tenth, so that trembling weights move the images little. */
const finish: Record<UNetConfig['output'], (y: tf.Tensor4D, z: Images) => Images> = {
  change: (y, z) => tf.add(z, tf.mul(y, 0.1)),
  sigmoid: (y) => tf.sigmoid(y),
  linear: (y) => y,
};

/**
 * The UNet of the series: 3×3 convolutions at each size, halving on the way down, a dense layer in the middle, doubling
 * on the way up with the features of the way down **added**, and a pointwise convolution at the end that also sees the
 * input, so that keeping a pixel is easy. The level t and both coordinates are extra channels before every convolution.
 * After Ronneberger et al. 2015 (arXiv 1505.04597), with the changes named above.
 *
 * ```ts
 * const network = unet({ channels: 1 });
 * const prediction = network(z, 0.5);       // [batch, 32, 32, 1]
 * ```
 * @throws {RangeError} when the configuration does not fit together, or, on a call, when images or level have another
 * shape
 */
export function unet(options: Partial<UNetConfig> = {}): Network & { readonly config: UNetConfig } {
  const config: UNetConfig = { ...defaults, ...options };
  config.widths = [...config.widths];
  checkConfig(config);
  const { size, channels, widths, dense, skips, upsampling } = config;
  const extra = countPlanes(config);
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);
  const layer = (name: string, side: number, inputs: number, outputs: number, gain = 2) => ({
    filter: weights.normal(`${name}.filter`, [side, side, inputs + extra, outputs], {
      fanIn: side * side * (inputs + extra),
      gain,
    }) as tf.Variable<tf.Rank.R4>,
    bias: weights.constant(`${name}.bias`, [outputs], 0) as tf.Variable<tf.Rank.R1>,
  });

  const down = widths.map((width, i) => ({
    ...(i > 0 && { shrink: layer(`down${i}.shrink`, 3, widths[i - 1], width) }),
    mix: layer(`down${i}.mix`, 3, i > 0 ? width : channels, width),
  }));
  const middle =
    dense > 0 ? denseLayers(weights, { inputs: (size >> deepest) ** 2 * widths[deepest], hidden: dense }) : undefined;
  const up = widths.slice(0, -1).map((width, i) => ({
    // A 4×4 deconvolution of stride 2 has its output channels before its input channels.
    grow:
      upsampling === 'nearest'
        ? layer(`up${i}.grow`, 3, widths[i + 1], width)
        : deconvolution(weights, `up${i}.grow`, widths[i + 1] + extra, width),
    mix: layer(`up${i}.mix`, 3, width, width),
  }));
  const output = layer('output', 1, widths[0] + channels, channels, config.output === 'linear' ? 1 : 0.01);
  if (config.output === 'sigmoid') passInput(output, widths[0]);

  const forward = (z: Images, t: Level): Images =>
    tf.tidy(() => {
      const batch = checkImages(z, config);
      const level = levels(t, batch, 'unet');
      const parts = extra === 0 ? [] : widths.map((_, i) => planeParts(size >> i, size >> i, config));
      /** A layer on features of level i and the planes beside them. */
      const apply = (kind: Kind, { filter, bias }: Layer, x: tf.Tensor4D, i: number): tf.Tensor4D => {
        const { axis, convolve } = kinds[kind];
        const relu = kind !== 'output';
        if (extra === 0) return convolve(x, filter, bias, relu);
        // The planes would make each convolution wider for every image; what it makes of them is computed once for all.
        const [own, told] = tf.split(filter, [filter.shape[axis] - extra, extra], axis) as tf.Tensor4D[];
        const made = convolve(parts[i], told, undefined, false);
        // The bias belongs to the part that does not change with the level. (TensorFlow.js cannot take the gradient of
        // a split into one.)
        const [still, ...moving] = made.shape[0] === 1 ? [made] : (tf.split(made, made.shape[0]) as tf.Tensor4D[]);
        const biased = tf.add<tf.Tensor4D>(still, bias);
        return convolve(
          x,
          own,
          { parts: moving.length === 0 ? biased : tf.concat4d([biased, ...moving], 0), level },
          relu,
        );
      };

      const kept: tf.Tensor4D[] = [];
      let h: tf.Tensor4D = z;
      down.forEach(({ shrink, mix }, i) => {
        if (shrink) h = apply('shrink', shrink, h, i - 1);
        h = apply('mix', mix, h, i);
        kept.push(h);
      });
      if (middle) h = middle(h);
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, mix } = up[i];
        h = upsampling === 'nearest' ? apply('mix', grow, upsample2x(h), i) : apply('grow', grow, h, i + 1);
        if (skips) h = tf.add(h, kept[i]);
        h = apply('mix', mix, h, i);
      }
      const y = apply('output', output, tf.concat4d([h, z], 3), 0);
      return finish[config.output](y, z);
    });

  return asNetwork(forward, { config, weights, predicts: config.predicts });
}

/**
 * Lets the last convolution begin with 6·z − 3, where the input's channels stand from `first` on: through the sigmoid
 * that maps 0 to 0.05 and 1 to 0.95. A sigmoid that starts anywhere else saturates on mostly black images, and learns
 * nothing more.
 */
function passInput(
  { filter, bias }: { filter: tf.Variable<tf.Rank.R4>; bias: tf.Variable<tf.Rank.R1> },
  first: number,
): void {
  const [, , inputs, channels] = filter.shape;
  tf.tidy(() => {
    const identity = tf
      .pad(tf.eye(channels), [
        [first, inputs - first - channels],
        [0, 0],
      ])
      .reshape<tf.Tensor4D>(filter.shape);
    filter.assign(tf.add(filter, tf.mul(identity, 6)));
    bias.assign(tf.fill([channels], -3));
  });
}

interface Layer {
  filter: tf.Variable<tf.Rank.R4>;
  bias: tf.Variable<tf.Rank.R1>;
}
type Kind = 'mix' | 'shrink' | 'grow' | 'output';

/** The kinds of convolution: where the filter has its input channels, and what it does. */
const kinds: Record<
  Kind,
  {
    axis: 2 | 3;
    convolve: (x: tf.Tensor4D, filter: tf.Tensor4D, addend: Addend | undefined, relu: boolean) => tf.Tensor4D;
  }
> = {
  mix: { axis: 2, convolve: (x, filter, addend, relu) => convolution(x, filter, addend, { stride: 1, relu }) },
  shrink: { axis: 2, convolve: (x, filter, addend, relu) => convolution(x, filter, addend, { stride: 2, relu }) },
  grow: {
    axis: 3,
    convolve: (x, filter, addend, relu) => transposedConvolution(x, filter, addend, { stride: 2, relu }),
  },
  output: { axis: 2, convolve: (x, filter, addend, relu) => convolution(x, filter, addend, { stride: 1, relu }) },
};

function deconvolution(weights: Weights, name: string, inputs: number, outputs: number) {
  // Each output pixel sees 2×2 of the 4×4 taps.
  return {
    filter: weights.normal(`${name}.filter`, [4, 4, outputs, inputs], { fanIn: 4 * inputs }) as tf.Variable<tf.Rank.R4>,
    bias: weights.constant(`${name}.bias`, [outputs], 0) as tf.Variable<tf.Rank.R1>,
  };
}

/**
 * Every value of the smallest feature map meets every other, through a hidden layer; the result is added to its input.
 */
function denseLayers(
  weights: Weights,
  { inputs, hidden }: { inputs: number; hidden: number },
): (h: tf.Tensor4D) => tf.Tensor4D {
  const inward = weights.normal('middle.in.matrix', [inputs, hidden], { fanIn: inputs });
  const inwardBias = weights.constant('middle.in.bias', [hidden], 0);
  const outward = weights.normal('middle.out.matrix', [hidden, inputs], { fanIn: hidden });
  const outwardBias = weights.constant('middle.out.bias', [inputs], 0);
  return (h) => {
    const flat = tf.reshape(h, [h.shape[0], inputs]);
    const met = tf.relu(tf.add(tf.matMul(flat, inward as tf.Variable<tf.Rank.R2>), inwardBias));
    const out = tf.relu(tf.add(tf.matMul(met, outward as tf.Variable<tf.Rank.R2>), outwardBias));
    return tf.add(h, tf.reshape(out, h.shape));
  };
}

function checkConfig({ kind, size, channels, widths, dense }: UNetConfig): void {
  if (kind !== 'unet') throw new RangeError(`unet: kind must be 'unet', got '${String(kind)}'`);
  if (widths.length < 1 || !widths.every((w) => Number.isInteger(w) && w > 0))
    throw new RangeError(`unet: widths must be a list of whole numbers above 0, got [${widths}]`);
  const factor = 2 ** (widths.length - 1);
  if (!Number.isInteger(size) || size < factor || size % factor !== 0)
    throw new RangeError(`unet: size must be a multiple of ${factor} for ${widths.length} levels, got ${size}`);
  if (!Number.isInteger(channels) || channels < 1)
    throw new RangeError(`unet: channels must be a whole number above 0, got ${channels}`);
  if (!Number.isInteger(dense) || dense < 0)
    throw new RangeError(`unet: dense must be a whole number of at least 0, got ${dense}`);
}

function checkImages(z: tf.Tensor, { size, channels }: UNetConfig): number {
  const [batch, height, width, depth] = z.shape;
  if (z.rank !== 4 || height !== size || width !== size || depth !== channels) {
    throw new RangeError(`unet: images must have shape [batch, ${size}, ${size}, ${channels}], got [${z.shape}]`);
  }
  return batch;
}
