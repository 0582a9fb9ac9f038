import { conv2dTranspose } from '../backend/ops.js';
import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole } from '../check.js';
import { levels } from '../level.js';
import { Random } from '../random.js';
import { convolution, dense, normalization } from './layers.js';
import { asNetwork, checkSize, checkWidths, type Network, sides, Weights } from './network.js';

/** The shape of a {@link fourierUnet}. Everything but `kind` has a default. */
export interface FourierUNetConfig {
  kind: 'fourier-unet';
  /** Side of the square images in pixels, or height and width; halved at each level after the first. */
  size: number | readonly [height: number, width: number];
  /** Channels of the images, and of the result. */
  channels: number;
  /** Channels of the hidden layers at each level, from the full resolution down; `groups` must divide each. */
  widths: number[];
  /** Groups of each group normalisation. */
  groups: number;
  /** How many waves tell the level. */
  features: number;
  /** Seed of the waves' frequencies and of the initial weights. */
  seed: number;
}

const defaults: FourierUNetConfig = {
  kind: 'fourier-unet',
  size: 32,
  channels: 1,
  widths: [16, 32, 64, 128, 128],
  groups: 8,
  features: 64,
  seed: 1,
};

/** The frequencies of the waves lie below this. */
const HIGHEST = 2 * Math.PI * Math.sqrt(128);

/**
 * The network of chapter 8's program, half as wide: at each level a residual block on the way down and one on the way
 * up (group normalisation, ELU and a 3×3 convolution, twice), 2×2 convolutions of stride 2 between the levels, the
 * features of the way down added on the way up. The level comes in as waves of random frequencies (Rahimi and Recht
 * 2007; Tancik et al. 2020, arXiv 2006.10739), sin(ω·t), by which each block scales and shifts its features.
 * 1.4 million weights, and an output that is not bounded.
 *
 * ```ts
 * const network = fourierUnet();
 * const answer = network(z, 0.5);       // [batch, 32, 32, 1]
 * ```
 * @throws {RangeError | TypeError} when the configuration does not fit together, or, on a call, when images or level
 * have another shape
 */
export function fourierUnet(
  options: Partial<FourierUNetConfig> = {},
): Network & { readonly config: FourierUNetConfig } {
  const config: FourierUNetConfig = { ...defaults, ...options };
  config.widths = [...config.widths];
  checkConfig(config);
  const { channels, widths, features } = config;
  const [height, width] = sides(config.size);
  const deepest = widths.length - 1;
  const weights = new Weights(config.seed);

  const input = convolution(weights, 'input', { side: 3, inputs: channels, outputs: widths[0] });
  const down = widths.map((outputs, i) => ({
    shrink:
      i === 0 ? input : convolution(weights, `down${i}.shrink`, { side: 2, inputs: widths[i - 1], outputs, stride: 2 }),
    block: block(weights, `down${i}`, outputs, config),
  }));
  const up = widths.slice(0, -1).map((outputs, i) => ({
    grow: growth(weights, `up${i}.grow`, { inputs: widths[i + 1], outputs }),
    block: block(weights, `up${i}`, outputs, config),
  }));
  const output = convolution(weights, 'output', { side: 3, inputs: widths[0], outputs: channels, gain: 0.01 });
  const random = new Random(config.seed);
  const frequencies = Array.from({ length: features }, () => HIGHEST * random.uniform());

  const network = asNetwork(
    (z, t) => {
      const told = waves(levels(t, z.shape[0], 'fourierUnet'), frequencies);
      const kept: tf.Tensor4D[] = [];
      let h: tf.Tensor4D = z;
      for (const { shrink, block } of down) {
        h = block(shrink(h), told);
        kept.push(h);
      }
      for (let i = deepest - 1; i >= 0; i--) {
        const { grow, block } = up[i];
        h = block(tf.add<tf.Tensor4D>(grow(h), kept[i]), told);
      }
      return output(h);
    },
    { config, weights, shape: [height, width, channels] },
  );
  return pure(network);
}

/** sin(ω·t) for each frequency, `[batch, features]`. */
function waves(t: tf.Tensor1D, frequencies: number[]): tf.Tensor2D {
  const angles = tf.mul(tf.reshape(t, [-1, 1]), tf.tensor2d(frequencies, [1, frequencies.length]));
  return tf.sin(angles as tf.Tensor2D);
}

/** A residual block that is told the level between its two convolutions. */
function block(
  weights: Weights,
  name: string,
  width: number,
  { groups, features }: FourierUNetConfig,
): (x: tf.Tensor4D, told: tf.Tensor2D) => tf.Tensor4D {
  const norm1 = normalization(weights, `${name}.norm1`, { channels: width, groups, activation: 'linear' });
  const conv1 = convolution(weights, `${name}.conv1`, { side: 3, inputs: width, outputs: width });
  const modulate = dense(weights, `${name}.level`, { inputs: features, outputs: 2 * width, gain: 0.1 });
  const norm2 = normalization(weights, `${name}.norm2`, { channels: width, groups, activation: 'linear' });
  const conv2 = convolution(weights, `${name}.conv2`, { side: 3, inputs: width, outputs: width, gain: 0 });
  return (x, told) => {
    const [scale, shift] = tf.split(tf.reshape(modulate(told), [-1, 1, 1, 2 * width]), 2, 3) as tf.Tensor4D[];
    const h = tf.add<tf.Tensor4D>(tf.mul(conv1(tf.elu(norm1(x))), tf.add(scale, 1)), shift);
    return tf.add(x, conv2(tf.elu(norm2(h))));
  };
}

/** A transposed 2×2 convolution of stride 2: each pixel becomes four. */
function growth(
  weights: Weights,
  name: string,
  { inputs, outputs }: { inputs: number; outputs: number },
): (x: tf.Tensor4D) => tf.Tensor4D {
  const filter = weights.normal(`${name}.filter`, [2, 2, outputs, inputs], {
    fanIn: inputs,
    gain: 1,
  }) as tf.Variable<tf.Rank.R4>;
  const bias = weights.constant(`${name}.bias`, [outputs], 0) as tf.Variable<tf.Rank.R1>;
  return (x) => conv2dTranspose(x, filter, bias, { stride: 2 });
}

function checkConfig(config: FourierUNetConfig): void {
  const { kind, size, channels, widths, groups, features } = config;
  checkKnown('fourierUnet', config, Object.keys(defaults));
  checkChoice('fourierUnet', 'kind', kind, ['fourier-unet']);
  checkWhole('fourierUnet', 'channels', channels);
  checkWhole('fourierUnet', 'groups', groups);
  checkWhole('fourierUnet', 'features', features);
  checkWidths('fourierUnet', widths, groups);
  checkSize('fourierUnet', size, widths.length - 1);
}
