import { usesBf16 } from './bf16.js';
import { addBias } from './bias.js';
import { kernel } from './differentiable.js';
import { isFused } from './fused.js';
import { float32, nativeOp } from './native-op.js';
import { tf } from './tf.js';

/**
 * x·matrix + bias for many rows, with its gradient.
 * @param x `[rows, inputs]`
 * @param matrix `[inputs, outputs]`
 * @param bias `[outputs]`: nothing is added when left out
 * @returns `[rows, outputs]`
 */
export function affine(x: tf.Tensor2D, matrix: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  const fits = x.shape[1] === matrix.shape[0] && (!bias || bias.size === matrix.shape[1]);
  // TensorFlow.js says what does not fit, and of empty ones what they are.
  if (isFused() && !usesBf16() && fits && x.size > 0 && matrix.size > 0)
    return affineKernel(bias ? { x, matrix, bias } : { x, matrix }, {}) as tf.Tensor2D;
  return tf.tidy(() => {
    const product = tf.matMul<tf.Tensor2D>(x, matrix);
    return bias ? addBias(product, bias) : product;
  });
}

const affineKernel = kernel<{ x: tf.Tensor; matrix: tf.Tensor; bias?: tf.Tensor }>('NaiveDiffusionAffine', {
  forward: ({ x, matrix, bias = tf.zeros([0]) }) => [
    nativeOp('NaiveDiffusionMatMul', [x, matrix, bias], { transpose_a: false, transpose_b: false }),
  ],
  saveInputs: ['x', 'matrix'],
  saveOutputs: [null],
  gradient: (dy, { x, matrix }) => ({
    x: () => nativeOp('NaiveDiffusionMatMul', [dy, matrix, tf.zeros([0])], { transpose_a: false, transpose_b: true }),
    matrix: () => nativeOp('NaiveDiffusionMatMul', [x, dy, tf.zeros([0])], { transpose_a: true, transpose_b: false }),
    bias: () => nativeOp('BiasAddGrad', [dy], { T: float32, data_format: 'NHWC' }),
  }),
});
