import { kernel, zeroGradients } from './differentiable.js';
import { isFused } from './fused.js';
import { nativeOp, nativeOps } from './native-op.js';
import { tf } from './tf.js';

/**
 * u·(1 + erf(u)) for u = x + bias, which is √2·gelu(√2·u) (Hendrycks and Gimpel 2016, arXiv 1606.08415): the two
 * factors √2 are cheaper within the matrices before and after.
 * @param x `[rows, channels]`
 * @param bias `[channels]`
 */
export function scaledGelu(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return geluKernel({ x, bias }, {}) as tf.Tensor2D;
}

/* d/du = 1 + erf(u) + u·exp(ln(2/√π) − u²). */
const geluKernel = kernel<{ x: tf.Tensor; bias: tf.Tensor }>('NaiveDiffusionScaledGelu', {
  forward: ({ x, bias }) => {
    if (isFused() && x.size > 0) return [nativeOp('NaiveDiffusionGelu', [x, bias], {})];
    const u = tf.add(x, bias);
    return [tf.add(u, tf.mul(u, tf.erf(u)))];
  },
  saveInputs: ['x', 'bias'],
  saveOutputs: [null],
  gradient: (dy, { x, bias }) => {
    if (x.size === 0) return zeroGradients({ x, bias });
    if (isFused()) {
      const [dx, dBias] = nativeOps('NaiveDiffusionGeluGrad', [dy, x, bias], {}, 2);
      return { x: () => dx, bias: () => dBias };
    }
    const u = tf.add(x, bias);
    const bell = tf.mul(u, tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(u))));
    const dx = tf.mul(dy, tf.add(tf.add(bell, tf.erf(u)), 1));
    return { x: () => dx, bias: () => tf.sum(dx, 0) };
  },
});
