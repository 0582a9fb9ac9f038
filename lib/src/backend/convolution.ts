import { kernel } from './kernel.js';
import { type AttributeValue, float32, int32Vector, isNative, nativeOp } from './native-op.js';
import { tf } from './tf.js';

type Shape4D = [number, number, number, number];
interface Options { stride: number; relu: boolean }

/** Convolution, bias and relu as one operation with its gradient by hand; {@link conv2d} describes and checks the arguments. */
export function convolution(x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D | undefined, options: Options): tf.Tensor4D {
  return convolutionKernel(bias ? { x, filter, bias } : { x, filter }, options) as tf.Tensor4D;
}

/** As {@link convolution}, for the transposed convolution. */
export function transposedConvolution(x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D | undefined, options: Options): tf.Tensor4D {
  return transposedKernel(bias ? { x, filter, bias } : { x, filter }, options) as tf.Tensor4D;
}

type Inputs = { x: tf.Tensor; filter: tf.Tensor; bias?: tf.Tensor };

const convolutionKernel = kernel<Inputs, Options>('NaiveDiffusionConv2D', {
  forward: ({ x, filter, bias }, { stride, relu }) => [biasAndRelu(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, 'same'), bias, relu)],
  saveInputs: ['x', 'filter'],
  saveOutputs: ['y'],
  gradient: (dOut, { x, filter, y }, { stride, relu }) => {
    const dy = relu ? reluGradient(dOut, y) : dOut;
    return {
      x: () => inputGradient(dy, filter, x.shape as Shape4D, stride),
      filter: () => filterGradient(x, dy, filter.shape as Shape4D, stride),
      bias: () => biasGradient(dy),
    };
  },
});

const transposedKernel = kernel<Inputs, Options>('NaiveDiffusionConv2DTranspose', {
  forward: ({ x, filter, bias }, { stride, relu }) => {
    const [batch, height, width] = x.shape;
    const shape: Shape4D = [batch, height * stride, width * stride, filter.shape[2]!];
    return [biasAndRelu(inputGradient(x, filter, shape, stride), bias, relu)];
  },
  saveInputs: ['x', 'filter'],
  saveOutputs: ['y'],
  gradient: (dOut, { x, filter, y }, { stride, relu }) => {
    const dy = relu ? reluGradient(dOut, y) : dOut;
    return {
      x: () => tf.conv2d(dy as tf.Tensor4D, filter as tf.Tensor4D, stride, 'same'),
      filter: () => filterGradient(dy, x, filter.shape as Shape4D, stride), // image and gradient trade places
      bias: () => biasGradient(dy),
    };
  },
});

/** relu(a + b), where b may be one image for the whole batch of a. */
export function addRelu(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  return addReluKernel({ a, b }, {}) as tf.Tensor4D;
}

const addReluKernel = kernel<{ a: tf.Tensor; b: tf.Tensor }>('NaiveDiffusionAddRelu', {
  forward: ({ a, b }) => [tf.relu(tf.add(a, b))],
  saveInputs: ['b'],
  saveOutputs: ['y'],
  gradient: (dOut, { b, y }) => {
    const dy = reluGradient(dOut, y);
    return { a: () => dy, b: () => (b.shape[0] === y.shape[0] ? dy : tf.sum(dy, 0, true)) };
  },
});

/** The gradient of a convolution with respect to its input, of shape `inputShape`. */
function inputGradient(dy: tf.Tensor, filter: tf.Tensor, inputShape: Shape4D, stride: number): tf.Tensor {
  if (isNative()) return nativeOp('Conv2DBackpropInput', [int32Vector(inputShape), filter, dy], convolutionAttributes(stride));
  return tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { strides: stride, pad: 'same', dataFormat: 'NHWC', inputShape });
}

/** The gradient of a convolution with respect to its filter, of shape `filterShape`. */
function filterGradient(x: tf.Tensor, dy: tf.Tensor, filterShape: Shape4D, stride: number): tf.Tensor {
  if (isNative()) return nativeOp('Conv2DBackpropFilter', [x, int32Vector(filterShape), dy], convolutionAttributes(stride));
  return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { strides: stride, pad: 'same', dataFormat: 'NHWC', filterShape });
}

function biasAndRelu(y: tf.Tensor, bias: tf.Tensor | undefined, relu: boolean): tf.Tensor {
  const sum = !bias ? y : isNative() ? nativeOp('BiasAdd', [y, bias], { T: float32, data_format: 'NHWC' }) : tf.add(y, bias);
  return relu ? tf.relu(sum) : sum;
}

function biasGradient(dy: tf.Tensor): tf.Tensor {
  return isNative() ? nativeOp('BiasAddGrad', [dy], { T: float32, data_format: 'NHWC' }) : tf.sum(dy, [0, 1, 2]);
}

/** dy where the relu let its input through, which is where its output y is above 0. */
function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return isNative() ? nativeOp('ReluGrad', [dy, y], { T: float32 }) : tf.mul(dy, tf.step(y));
}

function convolutionAttributes(stride: number): Record<string, AttributeValue> {
  return { T: float32, strides: [1, stride, stride, 1], padding: 'SAME', data_format: 'NHWC', use_cudnn_on_gpu: true, dilations: [1, 1, 1, 1] };
}
