import { kernel } from './differentiable.js';
import { float32, isNative, nativeOp } from './native-op.js';
import { tf } from './tf.js';

/** Adds one number for each channel to rows, `[rows, channels]` and `[channels]`. */
export function addBias(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return biasKernel({ x, bias }, {}) as tf.Tensor2D;
}

const attributes = { T: float32, data_format: 'NHWC' };

/** The gradient of a bias: the sum of the rows of dy. */
export function biasGradient(dy: tf.Tensor): tf.Tensor {
  return isNative() && dy.size > 0 ? nativeOp('BiasAddGrad', [dy], attributes) : tf.sum(dy, 0);
}

const biasKernel = kernel<{ x: tf.Tensor; bias: tf.Tensor }>('NaiveDiffusionAddBias', {
  forward: ({ x, bias }) => [isNative() && x.size > 0 ? nativeOp('BiasAdd', [x, bias], attributes) : tf.add(x, bias)],
  saveInputs: [],
  saveOutputs: [null],
  gradient: (dy) => ({
    x: () => dy.clone(),
    bias: () => biasGradient(dy),
  }),
});
