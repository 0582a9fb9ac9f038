import { locateWasm } from '#platform/wasm.js';
import { getThreadsCount, setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm'; // registers the backend and its kernels
import { tf } from './tf.js';
import { piece, repeated } from './wasm-copies.js';
import { filterGradient, inputGradient, turnedProduct } from './wasm-gradients.js';

interface Call {
  inputs: tf.NamedTensorInfoMap;
  attrs: object;
  backend: BackendWasm;
}
type Kernel = (call: Call) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/**
 * Adds to the WebAssembly backend what it lacks for training: the gradient of a convolution with respect to its filter,
 * without which it can run a network, but not train it. What it has, but in plain loops that take ten times as long,
 * is replaced: the gradient with respect to the input, products of matrices that are turned, and copies.
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
  defineCopies();
}

function defineCopies(): void {
  define('Slice', ({ inputs, attrs, backend }) => {
    const x = inputs.x as tf.Tensor;
    const { begin, size } = attrs as tf.SliceAttrs;
    const [from, extent] = tf.slice_util.parseSliceParams(x, begin, size);
    return piece(backend, x, from, extent);
  });
  define('SplitV', ({ inputs, attrs }) => {
    const x = inputs.x as tf.Tensor;
    const { numOrSizeSplits, axis } = attrs as tf.SplitVAttrs;
    const [along] = tf.util.parseAxisParam(axis, x.shape);
    const begin = x.shape.map(() => 0);
    return tf.backend_util.prepareSplitSize(x, numOrSizeSplits, along).map((length) => {
      const size = x.shape.map((whole, i) => (i === along ? length : whole));
      const part = tf.slice(x, begin, size);
      begin[along] += length;
      return part;
    });
  });
  define('Tile', ({ inputs, attrs, backend }) => {
    const x = inputs.x as tf.Tensor;
    if (x.size !== 1 || x.dtype === 'string') return undefined;
    return repeated(
      backend,
      x,
      (attrs as tf.TileAttrs).reps.map((times, i) => times * x.shape[i]),
    );
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
    kernelFunc: (call) => {
      const done = tf.tidy(() => compute(call as unknown as Call) as tf.Tensor | undefined);
      return done ?? own!.kernelFunc(call);
    },
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
