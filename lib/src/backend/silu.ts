import { kernel } from './kernel.js';
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

/** The gradient with respect to x: d/dx x·s(x) = s + y·(1 − s), where s = sigmoid(x) and y = x·s. */
export function siluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const s = tf.sigmoid(x);
    const y = tf.mul(x, s);
    return tf.mul(dy, tf.add(s, tf.sub(y, tf.mul(y, s))));
  });
}
