import { locateWasm } from '#platform/wasm.js';
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'; // registers the backend and its kernels
import { tf } from './tf.js';

/**
 * Adds to the WebAssembly backend what it lacks for training: the gradient of a convolution with respect to its filter.
 * Without it the backend can run a network, but not train it.
 */
export function completeWasm(): void {
  locateWasm(setWasmPaths);
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, dataFormat, filterShape, dimRoundingMode } =
        attrs as unknown as tf.Conv2DBackpropFilterAttrs;
      const x = inputs.x as tf.Tensor4D;
      const info = tf.backend_util.computeConv2DInfo(
        x.shape,
        filterShape,
        strides,
        1,
        pad,
        dimRoundingMode,
        false,
        tf.backend_util.convertConv2DDataFormat(dataFormat),
      );
      return tf.tidy(() => filterGradient(x, inputs.dy as tf.Tensor4D, info));
    },
  });
}

/** Threads that the WebAssembly backend uses. Call it after the backend has started. */
export function wasmThreads(): number {
  return getThreadsCount();
}

/**
 * dL/dF[a, b, i, o] = Σ over images and output pixels (p, q) of x[s·p + a − top, s·q + b − left, i] · dy[p, q, o]:
 * for each tap (a, b) of the filter, the pixels of x that it meets, as a matrix, times dy, as a matrix.
 */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const {
    batchSize,
    inChannels,
    outChannels,
    outHeight,
    outWidth,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    padInfo,
  } = info;
  const padded = tf.pad(x, [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ]);
  const dyRows = tf.reshape(dy, [-1, outChannels]);
  const taps: tf.Tensor2D[] = [];
  for (let a = 0; a < filterHeight; a++) {
    for (let b = 0; b < filterWidth; b++) {
      const met = tf.stridedSlice(
        padded,
        [0, a, b, 0],
        [batchSize, a + (outHeight - 1) * strideHeight + 1, b + (outWidth - 1) * strideWidth + 1, inChannels],
        [1, strideHeight, strideWidth, 1],
      );
      taps.push(tf.matMul(tf.reshape(met, [-1, inChannels]), dyRows, true, false));
    }
  }
  return tf.reshape(tf.concat(taps, 0), info.filterShape);
}
