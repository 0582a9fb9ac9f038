import type { tf } from './tf.js';

/** The numbers in a tensor, awaited; it is disposed of, whatever happens. */
export async function numbersOf(tensor: tf.Tensor): Promise<tf.TypedArray> {
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}
