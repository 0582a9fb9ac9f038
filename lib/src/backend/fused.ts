import { environment } from '#platform/environment.js';
import { isNative, nativeBackend, nativeOp } from './native-op.js';
import { tf } from './tf.js';

let found = false;

/**
 * Looks for the operations in C++ (`lib/native`), which the set-up compiles into the binding, and returns whether they
 * are there. They exist for the processor only. `NAIVE_DIFFUSION_FUSED=0` leaves them aside.
 */
export function findFused(): boolean {
  found = false;
  if (!isNative() || nativeBackend().isUsingGpuDevice || environment('NAIVE_DIFFUSION_FUSED') === '0') return false;
  try {
    // The newest of them: a binding that has it has all.
    tf.tidy(() => nativeOp('NaiveDiffusionRanks', [tf.ones([1, 1])], {}).dataSync());
    found = true;
  } catch {
    // A binding from before the operations were added: TensorFlow's own do the same.
  }
  return found;
}

/** Whether the operations in C++ are to be used: {@link findFused} has found them. */
export function isFused(): boolean {
  return found && isNative();
}
