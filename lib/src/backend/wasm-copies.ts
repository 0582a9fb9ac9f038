import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from './tf.js';

/*
 * Copies within WebAssembly's memory. The backend's own kernels first copy the whole tensor out of it, for each part
 * that is cut, and repeat a number by counting through all axes for each place.
 */

/**
 * A part of a tensor that lies in one piece, as rows of a batch do.
 * @returns nothing where it does not
 */
export function piece(backend: BackendWasm, x: tf.Tensor, begin: number[], size: number[]): tf.TensorInfo | undefined {
  if (x.dtype === 'string' || !tf.slice_util.isSliceContinous(x.shape, begin, size)) return undefined;
  const start = tf.slice_util.computeFlatOffset(begin, tf.util.computeStrides(x.shape));
  const length = tf.util.sizeFromShape(size);
  const part = backend.makeOutput(size, x.dtype);
  // After that: what was seen of the memory before may have moved.
  backend.typedArrayFromHeap(part).set(backend.typedArrayFromHeap(x).subarray(start, start + length));
  return part;
}

/** A tensor of one number in all places. */
export function repeated(backend: BackendWasm, x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  const all = backend.makeOutput(shape, x.dtype);
  backend.typedArrayFromHeap(all).fill(backend.typedArrayFromHeap(x)[0]);
  return all;
}
