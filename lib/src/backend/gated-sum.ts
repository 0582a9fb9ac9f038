import { kernel, zeroGradients } from './differentiable.js';
import { isFused } from './fused.js';
import { forRows, perToken, sumTokens } from './layer-norm.js';
import { nativeOp, nativeOps } from './native-op.js';
import { tf } from './tf.js';

/**
 * x + gate·v, with a gate for each image and channel, as one operation with its gradient by hand.
 * @param x `[batch, …, channels]`, like v
 * @param gate `[1 or batch, channels]`
 */
export function gatedSum<T extends tf.Tensor>(x: T, gate: tf.Tensor2D, v: T): T {
  return gatedSumKernel({ x, gate, v }, {}) as T;
}

const gatedSumKernel = kernel<{ x: tf.Tensor; gate: tf.Tensor; v: tf.Tensor }>('NaiveDiffusionGatedSum', {
  forward: ({ x, gate, v }) => {
    if (isFused() && x.size > 0) return [nativeOp('NaiveDiffusionGatedSum', [x, gate, v], {})];
    return [tf.add(x, tf.mul(perToken(gate, x), v))];
  },
  saveInputs: ['gate', 'v'],
  saveOutputs: [null],
  gradient: (dy, { gate, v }) => {
    if (v.size === 0) return { x: () => tf.zerosLike(v), ...zeroGradients({ gate, v }) };
    if (isFused()) {
      const [dv, dGate] = nativeOps('NaiveDiffusionGatedSumGrad', [dy, gate, v], {}, 2);
      return { x: () => dy.clone(), gate: () => forRows(dGate, gate), v: () => dv };
    }
    return {
      x: () => dy.clone(),
      gate: () => forRows(sumTokens(tf.mul(dy, v)), gate),
      v: () => tf.mul(perToken(gate, v), dy),
    };
  },
});
