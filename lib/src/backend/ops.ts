import { tf } from './tf.js';
import { convolution, transposedConvolution } from './convolution.js';
import { groupNormalization } from './group-norm.js';
import { kernel } from './differentiable.js';
import { float32, isNative, nativeOp } from './native-op.js';
import { silu } from './silu.js';

/** What is applied to every number of a layer's output. */
export type Activation = 'linear' | 'relu' | 'silu';

/**
 * 2D convolution, zeros around the images ('same' padding), then bias and activation.
 * @param x images `[batch, height, width, inputs]`
 * @param filter `[filterHeight, filterWidth, inputs, outputs]`
 * @param bias `[outputs]`; none when left out
 * @param options.stride 1 keeps the size; 2 halves it (rounding up)
 * @param options.activation applied to the sum; `linear` (nothing) by default
 * @returns `[batch, ⌈height/stride⌉, ⌈width/stride⌉, outputs]`
 * @throws {RangeError} when shapes do not fit together
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias?: tf.Tensor1D,
  { stride = 1, activation = 'linear' }: { stride?: 1 | 2; activation?: Activation } = {},
): tf.Tensor4D {
  checkConvolution('conv2d', { x, filter, bias, stride, activation, inputAxis: 2, outputAxis: 3 });
  const relu = activation === 'relu';
  if (activation !== 'silu') return convolution(x, filter, bias, { stride, relu });
  return tf.tidy(() => silu(convolution(x, filter, bias, { stride, relu })));
}

/**
 * Transposed 2D convolution ("deconvolution"): what a convolution's gradient does to its input, used to enlarge images.
 * Then bias and activation, as in {@link conv2d}.
 * @param x images `[batch, height, width, inputs]`
 * @param filter `[filterHeight, filterWidth, outputs, inputs]`: outputs before inputs
 * @param bias `[outputs]`; none when left out
 * @param options.stride 1 keeps the size, 2 doubles it
 * @returns `[batch, height·stride, width·stride, outputs]`
 * @throws {RangeError} when shapes do not fit together
 */
export function conv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias?: tf.Tensor1D,
  { stride = 1, activation = 'linear' }: { stride?: 1 | 2; activation?: Activation } = {},
): tf.Tensor4D {
  checkConvolution('conv2dTranspose', { x, filter, bias, stride, activation, inputAxis: 3, outputAxis: 2 });
  const relu = activation === 'relu';
  if (activation !== 'silu') return transposedConvolution(x, filter, bias, { stride, relu });
  return tf.tidy(() => silu(transposedConvolution(x, filter, bias, { stride, relu })));
}

/**
 * Group normalisation (Wu and He 2018, arXiv 1803.08494): the channels of each image are split into groups; each group
 * is brought to mean 0 and variance 1 over its pixels and channels, then multiplied by `scale` and moved by `offset`.
 * @param x images `[batch, height, width, channels]`
 * @param scale `[channels]`, or `[batch, channels]` for a scale of each image's own (adaptive group normalisation)
 * @param offset in the shape of `scale`
 * @param options.groups how many groups; it must divide the channels
 * @param options.activation applied to the result; `linear` (nothing) by default
 * @param options.epsilon added to the variance, 1e-5 by default
 * @throws {RangeError} when shapes or groups do not fit together
 */
export function groupNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor,
  offset: tf.Tensor,
  {
    groups,
    activation = 'linear',
    epsilon = 1e-5,
  }: { groups: number; activation?: 'linear' | 'silu'; epsilon?: number },
): tf.Tensor4D {
  checkImages('groupNorm', x);
  const [batch, , , channels] = x.shape;
  for (const [name, { shape }] of [
    ['scale', scale],
    ['offset', offset],
  ] as const) {
    const own = shape.length === 2 && shape[0] === batch && shape[1] === channels;
    if (!own && !(shape.length === 1 && shape[0] === channels))
      throw new RangeError(
        `groupNorm: ${name} must have shape [${channels}] or [${batch},${channels}], got [${shape}]`,
      );
  }
  if (channels === 0) throw new RangeError(`groupNorm: x must have at least one channel, got shape [${x.shape}]`);
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new RangeError(`groupNorm: groups must divide the ${channels} channels, got ${groups}`);
  if (activation !== 'linear' && activation !== 'silu')
    throw new RangeError(`groupNorm: activation must be linear or silu, got '${String(activation)}'`);
  if (!(epsilon > 0)) throw new RangeError(`groupNorm: epsilon must be above 0, got ${epsilon}`);
  return groupNormalization(x, scale, offset, { groups, silu: activation === 'silu', epsilon });
}

/**
 * The mean squared difference over all elements.
 * @returns a scalar
 * @throws {RangeError} when the shapes differ
 */
export function squaredLoss(prediction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  checkSameShape('squaredLoss', prediction, target);
  return squaredKernel({ prediction, target }, {}) as tf.Scalar;
}

/**
 * The mean absolute difference over all elements. Its gradient is 0 where prediction and target are equal.
 * @returns a scalar
 * @throws {RangeError} when the shapes differ
 */
export function absoluteLoss(prediction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  checkSameShape('absoluteLoss', prediction, target);
  return absoluteKernel({ prediction, target }, {}) as tf.Scalar;
}

/** Images of twice the height and width: each pixel becomes a square of 2×2. */
export function upsample2x(x: tf.Tensor4D): tf.Tensor4D {
  checkImages('upsample2x', x);
  return upsampleKernel({ x }, {}) as tf.Tensor4D;
}

/**
 * Images of half the height and width: each square of 2×2 pixels becomes its mean.
 * @throws {RangeError} when height or width is odd
 */
export function downsample2x(x: tf.Tensor4D): tf.Tensor4D {
  checkImages('downsample2x', x);
  const [, height, width] = x.shape;
  if (height % 2 !== 0 || width % 2 !== 0)
    throw new RangeError(`downsample2x: x must have even height and width, got ${height}×${width}`);
  return downsampleKernel({ x }, {}) as tf.Tensor4D;
}

type Pair = { prediction: tf.Tensor; target: tf.Tensor };

const squaredKernel = kernel<Pair>('NaiveDiffusionSquaredLoss', {
  forward: ({ prediction, target }) => {
    const difference = tf.sub(prediction, target);
    // L2Loss is half the sum of squares, in one pass.
    if (isNative()) return [tf.mul(nativeOp('L2Loss', [difference], { T: float32 }), 2 / difference.size)];
    return [tf.mean(tf.square(difference))];
  },
  saveInputs: ['prediction', 'target'],
  saveOutputs: [null],
  gradient: (dy, { prediction, target }) => ({
    prediction: () => tf.mul(tf.sub(prediction, target), tf.mul(dy, 2 / target.size)),
    target: () => tf.mul(tf.sub(target, prediction), tf.mul(dy, 2 / target.size)),
  }),
});

const absoluteKernel = kernel<Pair>('NaiveDiffusionAbsoluteLoss', {
  forward: ({ prediction, target }) => [tf.mean(tf.abs(tf.sub(prediction, target)))],
  saveInputs: ['prediction', 'target'],
  saveOutputs: [null],
  gradient: (dy, { prediction, target }) => ({
    prediction: () => tf.mul(tf.sign(tf.sub(prediction, target)), tf.mul(dy, 1 / target.size)),
    target: () => tf.mul(tf.sign(tf.sub(target, prediction)), tf.mul(dy, 1 / target.size)),
  }),
});

function repeat(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (x.size === 0) return tf.zeros([batch, 2 * height, 2 * width, channels]); // which TensorFlow's own refuses
  return tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
}

function average(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (x.size === 0) return tf.zeros([batch, height / 2, width / 2, channels]);
  return tf.avgPool(x, 2, 2, 'valid');
}

const upsampleKernel = kernel<{ x: tf.Tensor }>('NaiveDiffusionUpsample2x', {
  forward: ({ x }) => [repeat(x as tf.Tensor4D)],
  saveInputs: [],
  saveOutputs: [null],
  gradient: (dy) => ({ x: () => tf.mul(average(dy as tf.Tensor4D), 4) }),
});

const downsampleKernel = kernel<{ x: tf.Tensor }>('NaiveDiffusionDownsample2x', {
  forward: ({ x }) => [average(x as tf.Tensor4D)],
  saveInputs: [],
  saveOutputs: [null],
  gradient: (dy) => ({ x: () => tf.mul(repeat(dy as tf.Tensor4D), 1 / 4) }),
});

interface ConvolutionCheck {
  x: tf.Tensor;
  filter: tf.Tensor;
  bias: tf.Tensor | undefined;
  stride: number;
  activation: string;
  inputAxis: number;
  outputAxis: number;
}

function checkConvolution(
  name: string,
  { x, filter, bias, stride, activation, inputAxis, outputAxis }: ConvolutionCheck,
): void {
  checkImages(name, x);
  if (filter.rank !== 4) throw new RangeError(`${name}: filter must have 4 dimensions, got shape [${filter.shape}]`);
  if (filter.size === 0) throw new RangeError(`${name}: filter must not be empty, got shape [${filter.shape}]`);
  if (filter.shape[inputAxis] !== x.shape[3]) {
    throw new RangeError(
      `${name}: filter must have as many inputs (axis ${inputAxis}) as x has channels, ${x.shape[3]}, got shape [${filter.shape}]`,
    );
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== filter.shape[outputAxis])) {
    throw new RangeError(`${name}: bias must have shape [${filter.shape[outputAxis]}], got [${bias.shape}]`);
  }
  if (stride !== 1 && stride !== 2) throw new RangeError(`${name}: stride must be 1 or 2, got ${String(stride)}`);
  if (!['linear', 'relu', 'silu'].includes(activation))
    throw new RangeError(`${name}: activation must be linear, relu or silu, got '${activation}'`);
}

function checkImages(name: string, x: tf.Tensor): void {
  if (x.rank !== 4)
    throw new RangeError(`${name}: x must have shape [batch, height, width, channels], got [${x.shape}]`);
}

function checkSameShape(name: string, prediction: tf.Tensor, target: tf.Tensor): void {
  if (!tf.util.arraysEqual(prediction.shape, target.shape)) {
    throw new RangeError(
      `${name}: prediction and target must have the same shape, got [${prediction.shape}] and [${target.shape}]`,
    );
  }
}
