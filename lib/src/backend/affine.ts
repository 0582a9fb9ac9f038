import { usesBf16 } from './bf16.js';
import { addBias, biasGradient } from './bias.js';
import { kernel } from './differentiable.js';
import { isFused } from './fused.js';
import { nativeOp } from './native-op.js';
import { tf } from './tf.js';

/**
 * x·matrix + bias for many rows, with its gradient.
 * @param x `[rows, inputs]`
 * @param matrix `[inputs, outputs]`
 * @param bias `[outputs]`: nothing is added when left out
 * @returns `[rows, outputs]`
 */
export function affine(x: tf.Tensor2D, matrix: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  const fits = x.shape[1] === matrix.shape[0] && (!bias || bias.size === matrix.shape[1]) && x.dtype === 'float32';
  // TensorFlow.js says what does not fit, and of empty ones what they are.
  if (isFused() && !usesBf16() && fits && x.size > 0 && matrix.size > 0)
    return affineKernel(bias ? { x, matrix, bias } : { x, matrix }, {}) as tf.Tensor2D;
  return tf.tidy(() => {
    const product = tf.matMul<tf.Tensor2D>(x, matrix);
    return bias ? addBias(product, bias) : product;
  });
}

const affineKernel = kernel<{ x: tf.Tensor; matrix: tf.Tensor; bias?: tf.Tensor }>('NaiveDiffusionAffine', {
  forward: ({ x, matrix, bias }) => [product(x, matrix, { bias })],
  saveInputs: ['x', 'matrix'],
  saveOutputs: [null],
  gradient: (dy, { x, matrix }) => ({
    x: () => product(dy, matrix, { transposeB: true }),
    matrix: () => product(x, dy, { transposeA: true }),
    bias: () => biasGradient(dy),
  }),
});

/**
 * a·b + bias, of which a or b may be turned, by the operation in C++: only call it when {@link isFused}, with float32
 * and where there is something to multiply. It knows no gradient.
 */
export function product(
  a: tf.Tensor,
  b: tf.Tensor,
  { transposeA = false, transposeB = false, bias }: { transposeA?: boolean; transposeB?: boolean; bias?: tf.Tensor },
): tf.Tensor {
  const attributes = { transpose_a: transposeA, transpose_b: transposeB };
  return nativeOp('NaiveDiffusionMatMul', [a, b, bias ?? tf.zeros([0])], attributes);
}
