import { kernel } from './differentiable.js';
import { tf } from './tf.js';

/**
 * u·(1 + erf(u)), which is √2·gelu(√2·u) (Hendrycks and Gimpel 2016, arXiv 1606.08415): the two factors √2 are cheaper
 * within the matrices before and after. Any shape.
 */
export function scaledGelu<T extends tf.Tensor>(u: T): T {
  return geluKernel({ u }, {}) as T;
}

/* d/du = 1 + erf(u) + u·exp(ln(2/√π) − u²). */
const geluKernel = kernel<{ u: tf.Tensor }>('NaiveDiffusionScaledGelu', {
  forward: ({ u }) => {
    const erf = tf.erf(u);
    return [tf.add(u, tf.mul(u, erf)), erf];
  },
  saveInputs: ['u'],
  saveOutputs: [null, 'erf'],
  gradient: (dy, { u, erf }) => ({
    u: () => {
      const bell = tf.mul(u, tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(u))));
      return tf.mul(dy, tf.add(tf.add(bell, erf), 1));
    },
  }),
});
