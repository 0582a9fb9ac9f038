import { isFused } from './fused.js';
import { kernel } from './kernel.js';
import { float32, isNative, nativeOp, nativeOps } from './native-op.js';
import { tf } from './tf.js';

interface Options { relu: boolean }
type Parts = { x: tf.Tensor; still: tf.Tensor; moving: tf.Tensor; t: tf.Tensor };

/**
 * x + still + t·moving, then relu if asked for: adds to a convolution what it makes of planes that are linear in the level.
 * @param x `[batch, height, width, channels]`
 * @param still `[1, height, width, channels]`
 * @param moving as `still`
 * @param t one number for each image, `[batch]`
 */
export function addPlanes(x: tf.Tensor4D, still: tf.Tensor4D, moving: tf.Tensor4D, t: tf.Tensor1D, options: Options): tf.Tensor4D {
  return addPlanesKernel({ x, still, moving, t }, options) as tf.Tensor4D;
}

const addPlanesKernel = kernel<Parts, Options>('NaiveDiffusionAddPlanes', {
  forward: ({ x, still, moving, t }, { relu }) => {
    if (isFused()) return nativeOps('NaiveDiffusionAddPlanes', [x, still, moving, t], { relu }, 1);
    const sum = tf.add(x, tf.add(still, tf.mul(moving, perImage(t))));
    return [relu ? tf.relu(sum) : sum];
  },
  saveInputs: ['moving', 't'],
  saveOutputs: ['y'],
  gradient: (dOut, { moving, t, y }, { relu }) => {
    const [dx, still, moved] = isFused() ? nativeOps('NaiveDiffusionAddPlanesGrad', [dOut, y, t], { relu }, 3) : gradient(dOut, y, t, relu);
    return { x: () => dx, still: () => still, moving: () => moved, t: () => tf.sum(tf.mul(dx, moving), [1, 2, 3]) };
  },
});

/** The gradients of x, still and moving. */
function gradient(dOut: tf.Tensor, y: tf.Tensor, t: tf.Tensor, relu: boolean): tf.Tensor[] {
  const dx = !relu ? dOut : isNative() ? nativeOp('ReluGrad', [dOut, y], { T: float32 }) : tf.mul(dOut, tf.step(y));
  return [dx, tf.sum(dx, 0, true), tf.sum(tf.mul(dx, perImage(t)), 0, true)];
}

function perImage(t: tf.Tensor): tf.Tensor {
  return tf.reshape(t, [t.size, 1, 1, 1]);
}
