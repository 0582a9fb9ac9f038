import { environment } from '#platform/environment.js';
import { isNative, nativeBackend } from './native-op.js';

/**
 * Whether convolutions of compiled functions work with bfloat16, numbers of 16 bits with the range of float32 and a
 * precision of 3 digits: with `NAIVE_DIFFUSION_BF16=1` in the environment, where TensorFlow is native and runs on the
 * processor.
 */
export function usesBf16(): boolean {
  return environment('NAIVE_DIFFUSION_BF16') === '1' && isNative() && !nativeBackend().isUsingGpuDevice;
}
