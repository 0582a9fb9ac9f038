import { isNative, nativeBackend, nativeOps } from './native-op.js';
import { tf } from './tf.js';

/** Whether the operations in C++ of `lib/native` are there; {@link findFused} finds out. */
let found = false;

/**
 * Looks for the operations in C++, which the set-up compiles into the binding, and returns whether they are there. They exist
 * for the processor only. `NAIVE_DIFFUSION_FUSED=0` leaves them aside: the same is then done in TensorFlow's own operations.
 */
export function findFused(): boolean {
  found = false;
  if (!isNative() || nativeBackend().isUsingGpuDevice || process.env.NAIVE_DIFFUSION_FUSED === '0') return false;
  try {
    const one = () => tf.ones([1]);
    tf.tidy(() => nativeOps('NaiveDiffusionAddPlanes', [one(), one(), one(), one()], { relu: true }, 1)[0].dataSync());
    found = true;
  } catch {
    // A binding from before they were added.
  }
  return found;
}

/** Whether the operations in C++ can be used now, on the current backend. */
export function isFused(): boolean {
  return found && isNative();
}
