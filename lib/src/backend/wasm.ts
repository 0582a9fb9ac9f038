import { locateWasm } from '#platform/wasm.js';
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'; // registers the backend and its kernels
import { tf } from './tf.js';
import { filterGradient, inputGradient, turnedProduct } from './wasm-gradients.js';

type Kernel = (call: { inputs: tf.NamedTensorInfoMap; attrs: object }) => tf.Tensor | undefined;

/**
 * Adds to the WebAssembly backend what it lacks for training: the gradient of a convolution with respect to its filter,
 * without which it can run a network, but not train it. What it has, but in plain loops that take ten times as long,
 * is replaced: the gradient with respect to the input, and products of matrices that are turned.
 */
export function completeWasm(): void {
  locateWasm(setWasmPaths);
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  define('Conv2DBackpropFilter', ({ inputs, attrs }) => {
    const { filterShape } = attrs as tf.Conv2DBackpropFilterAttrs;
    const [x, dy] = [inputs.x as tf.Tensor4D, inputs.dy as tf.Tensor4D];
    return filterGradient(x, dy, infoOf(x.shape, filterShape, attrs as tf.Conv2DBackpropFilterAttrs));
  });
  define('Conv2DBackpropInput', ({ inputs, attrs }) => {
    const { inputShape } = attrs as tf.Conv2DBackpropInputAttrs;
    const [dy, filter] = [inputs.dy as tf.Tensor4D, inputs.filter as tf.Tensor4D];
    return inputGradient(dy, filter, infoOf(inputShape, filter.shape, attrs as tf.Conv2DBackpropInputAttrs));
  });
  define('BatchMatMul', ({ inputs, attrs }) => {
    const { transposeA, transposeB } = attrs as tf.BatchMatMulAttrs;
    if (!transposeA && !transposeB) return undefined;
    return turnedProduct(inputs.a as tf.Tensor, inputs.b as tf.Tensor, transposeA, transposeB);
  });
}

/** Defines a kernel; where it returns nothing, the backend's own runs, if it has one. */
function define(kernelName: string, compute: Kernel): void {
  const own = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined;
  if (own) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...own,
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) => tf.tidy(() => compute(call as Parameters<Kernel>[0])) ?? own!.kernelFunc(call),
  });
}

function infoOf(
  inputShape: [number, number, number, number],
  filterShape: [number, number, number, number],
  { strides, pad, dataFormat, dimRoundingMode }: Omit<tf.Conv2DBackpropInputAttrs, 'inputShape'>,
): tf.backend_util.Conv2DInfo {
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode, false, format);
}

/** Threads that the WebAssembly backend uses. Call it after the backend has started. */
export function wasmThreads(): number {
  return getThreadsCount();
}
