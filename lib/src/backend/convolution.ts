import { product } from './affine.js';
import { usesBf16 } from './bf16.js';
import { isFused } from './fused.js';
import { kernel, zeroGradients } from './differentiable.js';
import { type AttributeValue, float32, int32Vector, isNative, nativeOp, nativeOps } from './native-op.js';
import { tf } from './tf.js';

type Shape4D = [number, number, number, number];

/**
 * What is added to a convolution's result: a number for each channel, or an image for each image of the batch as
 * {@link Planes}.
 */
export type Addend = tf.Tensor1D | Planes;
/**
 * The first of `parts` plus, if there are two, the second times the level of each image: `[1 or 2, height, width,
 * channels]` and `[batch]`.
 */
export interface Planes {
  parts: tf.Tensor4D;
  level: tf.Tensor1D;
}

interface Options {
  stride: number;
  relu: boolean;
}
/** `added` is empty, [channels] or the parts of {@link Planes}; `level` is empty unless there are parts. */
type Inputs = { x: tf.Tensor; filter: tf.Tensor; added: tf.Tensor; level: tf.Tensor };

/**
 * Convolution, what is added, and relu as one operation with its gradient by hand; `conv2d` describes and checks the
 * arguments.
 */
export function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  addend: Addend | undefined,
  options: Options,
): tf.Tensor4D {
  return tf.tidy(() => convolutionKernel(inputsOf(x, filter, addend), options) as tf.Tensor4D);
}

/** As {@link convolution}, for the transposed convolution. */
export function transposedConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  addend: Addend | undefined,
  options: Options,
): tf.Tensor4D {
  return tf.tidy(() => transposedKernel(inputsOf(x, filter, addend), options) as tf.Tensor4D);
}

function inputsOf(x: tf.Tensor4D, filter: tf.Tensor4D, addend: Addend | undefined): Inputs {
  if (addend && !(addend instanceof tf.Tensor)) return { x, filter, added: addend.parts, level: addend.level };
  return { x, filter, added: addend ?? nothing(), level: nothing() };
}

function nothing(): tf.Tensor {
  return tf.zeros([0]);
}

const convolutionKernel = kernel<Inputs, Options>('NaiveDiffusionConv2D', {
  forward: ({ x, filter, added, level }, { stride, relu }) => {
    if (x.size === 0)
      return [
        tf.zeros([x.shape[0], ...x.shape.slice(1, 3).map((side) => Math.ceil(side! / stride)), filter.shape[3]!]),
      ];
    if (isQuick(filter.shape, stride)) return [quick(x, filter, { added, level, relu })];
    if (isHalving(filter.shape, stride, x.shape)) return [halving(x, filter, { added, level, relu })];
    if (isPointwise(filter.shape, stride, x.shape) && added.rank === 1 && !relu) return [pointwise(x, filter, added)];
    return [finish(convolve(x, filter, stride), { added, level, relu })];
  },
  saveInputs: ['x', 'filter', 'added', 'level'],
  saveOutputs: ['y'],
  gradient: (dOut, saved, { stride, relu }) => {
    const { x, filter } = saved;
    if (x.size === 0) return zeroGradients(saved as Inputs);
    const { dy, ...ofAddend } = finishGradient(dOut, saved, relu);
    return {
      x: () => inputGradient(dy, filter, x.shape as Shape4D, stride),
      filter: () => filterGradient(x, dy, filter.shape as Shape4D, stride),
      ...ofAddend,
    };
  },
});

const transposedKernel = kernel<Inputs, Options>('NaiveDiffusionConv2DTranspose', {
  forward: ({ x, filter, added, level }, { stride, relu }) => {
    const [batch, height, width] = x.shape;
    const shape: Shape4D = [batch, height * stride, width * stride, filter.shape[2]!];
    if (x.size === 0) return [tf.zeros(shape)];
    if (isHalving(filter.shape, stride, shape)) return [halving(x, filter, { added, level, relu, transposed: true })];
    return [finish(inputGradient(x, filter, shape, stride), { added, level, relu })];
  },
  saveInputs: ['x', 'filter', 'added', 'level'],
  saveOutputs: ['y'],
  gradient: (dOut, saved, { stride, relu }) => {
    const { x, filter } = saved;
    if (x.size === 0) return zeroGradients(saved as Inputs);
    const { dy, ...ofAddend } = finishGradient(dOut, saved, relu);
    return {
      x: () => convolve(dy, filter, stride),
      filter: () => filterGradient(dy, x, filter.shape as Shape4D, stride), // image and gradient trade places
      ...ofAddend,
    };
  },
});

/*
 * The convolution and its two gradients. Which way is quickest depends on the size: Winograd's method for 3×3 in steps
 * of one, and for 3×3 and 4×4 in steps of two; loops that stay on their thread, where there is little to do; a product
 * of matrices for 1×1; and else TensorFlow's own.
 */

/**
 * Whether the operation in C++ does this convolution: 3×3 in steps of one, by Winograd's method. It is made for float32
 * alone.
 */
function isQuick([height, width]: number[], stride: number): boolean {
  return isFused() && !usesBf16() && stride === 1 && height === 3 && width === 3;
}

/** Products in a convolution, up to which it is done before other threads would have begun with it. */
const FEW = 2 ** 18;

/** Whether a convolution with `filter` that has `result` for its result, or its gradient, is done in small loops. */
function isSmall(filter: number[], [batch, height, width]: number[]): boolean {
  return isFused() && !usesBf16() && filter.reduce((a, b) => a * b) * batch * height * width <= FEW;
}

/**
 * Whether the operation in C++ does this convolution in steps of two, of images of shape `large`, or its transpose that
 * makes them: by Winograd's method, in float32.
 */
function isHalving(filter: number[], stride: number, [batch, height, width]: number[]): boolean {
  const [side, across] = filter;
  if (!isFused() || usesBf16() || stride !== 2 || side !== across || (side !== 3 && side !== 4)) return false;
  return height % 2 === 0 && width % 2 === 0 && !isSmall(filter, [batch, height / 2, width / 2]);
}

/**
 * Whether the operation in C++ does this convolution of `images`: 1×1 in steps of one, where the channels of all pixels
 * are the rows of a matrix.
 */
function isPointwise(filter: number[], stride: number, images: number[]): boolean {
  const [height, width] = filter;
  return isFused() && !usesBf16() && stride === 1 && height === 1 && width === 1 && !isSmall(filter, images);
}

/** The 1×1 convolution of `x`, and the bias that is added, if any. */
function pointwise(x: tf.Tensor, filter: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [batch, height, width] = x.shape;
  return tf.reshape(product(pixelsOf(x), pixelsOf(filter), { bias }), [batch!, height!, width!, filter.shape[3]!]);
}

/** One row for each pixel, or for each channel that goes into a 1×1 filter. */
function pixelsOf(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [-1, x.shape[3]!]);
}

function halving(
  x: tf.Tensor,
  filter: tf.Tensor,
  {
    added = nothing(),
    level = nothing(),
    relu = false,
    transposed = false,
  }: { added?: tf.Tensor; level?: tf.Tensor; relu?: boolean; transposed?: boolean },
): tf.Tensor {
  return nativeOp('NaiveDiffusionConvStride2', [x, filter, added, level], { relu, transposed });
}

function quick(
  x: tf.Tensor,
  filter: tf.Tensor,
  {
    added = nothing(),
    level = nothing(),
    relu = false,
    turned = false,
  }: { added?: tf.Tensor; level?: tf.Tensor; relu?: boolean; turned?: boolean },
): tf.Tensor {
  return nativeOp('NaiveDiffusionConv3x3', [x, filter, added, level], { relu, turned });
}

function convolve(x: tf.Tensor, filter: tf.Tensor, stride: number): tf.Tensor {
  if (isQuick(filter.shape, stride)) return quick(x, filter, {});
  if (isHalving(filter.shape, stride, x.shape)) return halving(x, filter, {});
  if (isPointwise(filter.shape, stride, x.shape)) return pointwise(x, filter);
  const [batch, height, width] = x.shape;
  if (isSmall(filter.shape, [batch, height / stride, width / stride]))
    return nativeOp('NaiveDiffusionSmallConv', [x, filter], { stride, height: 0, width: 0 });
  return tf.conv2d(x as tf.Tensor4D, spanning(stride, filter), stride, 'same');
}

/** The gradient of a convolution with respect to its input, of shape `inputShape`. */
function inputGradient(dy: tf.Tensor, filter: tf.Tensor, inputShape: Shape4D, stride: number): tf.Tensor {
  if (isQuick(filter.shape, stride)) return quick(dy, filter, { turned: true });
  if (isHalving(filter.shape, stride, inputShape)) return halving(dy, filter, { transposed: true });
  if (isPointwise(filter.shape, stride, dy.shape))
    return tf.reshape(product(pixelsOf(dy), pixelsOf(filter), { transposeB: true }), inputShape);
  const [, height, width] = inputShape;
  if (isSmall(filter.shape, dy.shape))
    return nativeOp('NaiveDiffusionSmallConvInputGrad', [filter, dy], { stride, height, width });
  const wide = spanning(stride, filter);
  if (isNative())
    return nativeOp('Conv2DBackpropInput', [int32Vector(inputShape), wide, dy], convolutionAttributes(stride));
  return tf
    .engine()
    .runKernel(
      'Conv2DBackpropInput',
      { dy, filter: wide },
      { strides: stride, pad: 'same', dataFormat: 'NHWC', inputShape },
    );
}

/** The gradient of a convolution with respect to its filter, of shape `filterShape`. */
function filterGradient(x: tf.Tensor, dy: tf.Tensor, filterShape: Shape4D, stride: number): tf.Tensor {
  if (isQuick(filterShape, stride)) return nativeOp('NaiveDiffusionConv3x3FilterGrad', [x, dy], {});
  const [height, width] = filterShape;
  if (isHalving(filterShape, stride, x.shape))
    return nativeOp('NaiveDiffusionConvStride2FilterGrad', [x, dy], { side: height });
  if (isPointwise(filterShape, stride, dy.shape))
    return tf.reshape(product(pixelsOf(x), pixelsOf(dy), { transposeA: true }), filterShape);
  if (isSmall(filterShape, dy.shape))
    return nativeOp('NaiveDiffusionSmallConvFilterGrad', [x, dy], { stride, height, width });
  const [inputs, outputs] = filterShape.slice(2);
  const wide: Shape4D = [Math.max(height, stride), Math.max(width, stride), inputs, outputs];
  const gradient = isNative()
    ? nativeOp('Conv2DBackpropFilter', [x, int32Vector(wide), dy], convolutionAttributes(stride))
    : tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x, dy },
          { strides: stride, pad: 'same', dataFormat: 'NHWC', filterShape: wide },
        );
  if (tf.util.arraysEqual(wide, filterShape)) return gradient as tf.Tensor;
  return tf.slice(gradient as tf.Tensor4D, [0, 0, 0, 0], filterShape);
}

/**
 * The filter with zeros to its right and below, at least as large as the stride: the same convolution. With smaller
 * ones TensorFlow's own writes beyond its memory, on the way back, and WebAssembly's gives zeros.
 */
function spanning(stride: number, filter: tf.Tensor): tf.Tensor4D {
  const [below, beside] = [0, 1].map((axis) => Math.max(0, stride - filter.shape[axis]!));
  if (below === 0 && beside === 0) return filter as tf.Tensor4D;
  return tf.pad(filter as tf.Tensor4D, [
    [0, below],
    [0, beside],
    [0, 0],
    [0, 0],
  ]);
}

function convolutionAttributes(stride: number): Record<string, AttributeValue> {
  return {
    T: float32,
    strides: [1, stride, stride, 1],
    padding: 'SAME',
    data_format: 'NHWC',
    use_cudnn_on_gpu: true,
    dilations: [1, 1, 1, 1],
  };
}

/* What comes after a convolution, and its gradient. */

function finish(
  y: tf.Tensor,
  { added, level, relu }: { added: tf.Tensor; level: tf.Tensor; relu: boolean },
): tf.Tensor {
  if (added.rank === 4 && isFused()) return nativeOp('NaiveDiffusionAdd', [y, added, level], { relu });
  const sum =
    added.size === 0
      ? y
      : added.rank === 4
        ? tf.add(y, blend(added, level))
        : isNative()
          ? nativeOp('BiasAdd', [y, added], { T: float32, data_format: 'NHWC' })
          : tf.add(y, added);
  return relu ? tf.relu(sum) : sum;
}

/** For each image the first of `parts`, plus its level times the second if there is one. */
function blend(parts: tf.Tensor, level: tf.Tensor): tf.Tensor {
  const [count, ...shape] = parts.shape;
  if (count === 1) return parts;
  return tf.reshape(tf.matMul(shares(level), rowsOf(parts)), [level.shape[0]!, ...shape]);
}

/** [batch] → [batch, 2]: how much of each part an image gets. */
function shares(level: tf.Tensor): tf.Tensor2D {
  return tf.stack([tf.onesLike(level), level], 1) as tf.Tensor2D;
}

/** The gradient before the relu, and how to have that of what was added. */
function finishGradient(dOut: tf.Tensor, { added, level, y }: Record<string, tf.Tensor>, relu: boolean) {
  const count = added.rank === 4 ? added.shape[0] : 0;
  if (count > 0 && relu && isFused()) {
    const [dy, ofParts] = nativeOps('NaiveDiffusionAddReluGrad', [dOut, y, level], { parts: count }, 2);
    return { dy, added: () => ofParts, level: () => levelGradient(dy, added) };
  }
  const dy = relu ? reluGradient(dOut, y) : dOut;
  const ofParts = () =>
    count === 1 ? tf.sum(dy, 0, true) : tf.reshape(tf.matMul(shares(level), rowsOf(dy), true, false), added.shape);
  return { dy, added: () => (count > 0 ? ofParts() : biasGradient(dy)), level: () => levelGradient(dy, added) };
}

function levelGradient(dy: tf.Tensor, parts: tf.Tensor): tf.Tensor {
  if (parts.shape[0] === 1) return tf.zeros([dy.shape[0]!]);
  return tf.reshape(tf.matMul(rowsOf(dy), tf.slice(rowsOf(parts), [1, 0]), false, true), [dy.shape[0]!]);
}

/** One row for each image. */
function rowsOf(images: tf.Tensor): tf.Tensor2D {
  return tf.reshape(images, [images.shape[0]!, -1]);
}

function biasGradient(dy: tf.Tensor): tf.Tensor {
  return isNative() ? nativeOp('BiasAddGrad', [dy], { T: float32, data_format: 'NHWC' }) : tf.sum(dy, [0, 1, 2]);
}

/** dy where the relu let its input through, which is where its output y is above 0. */
function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return isNative() ? nativeOp('ReluGrad', [dy, y], { T: float32 }) : tf.mul(dy, tf.step(y));
}
