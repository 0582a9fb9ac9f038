import { kernel } from './differentiable.js';
import { float32, isNative, nativeOp } from './native-op.js';
import { tf } from './tf.js';

/** x · sigmoid(x), also called swish (Hendrycks and Gimpel 2016, arXiv 1606.08415). Any shape. */
export function silu<T extends tf.Tensor>(x: T): T {
  return siluKernel({ x }, {}) as T;
}

const siluKernel = kernel<{ x: tf.Tensor }>('NaiveDiffusionSilu', {
  forward: ({ x }) => [tf.mul(x, tf.sigmoid(x))],
  saveInputs: ['x'],
  saveOutputs: [null],
  gradient: (dy, { x }) => ({ x: () => siluGradient(dy, x) }),
});

/** The gradient with respect to x, where s = sigmoid(x): d/dx x·s = s + x·s·(1 − s). */
export function siluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const s = tf.sigmoid(x);
    return tf.add(tf.mul(dy, s), tf.mul(x, sigmoidGradient(dy, s)));
  });
}

/** dy·s·(1 − s), in one pass where TensorFlow is native. */
function sigmoidGradient(dy: tf.Tensor, s: tf.Tensor): tf.Tensor {
  return isNative() ? nativeOp('SigmoidGrad', [s, dy], { T: float32 }) : tf.mul(dy, tf.mul(s, tf.sub(1, s)));
}
