import type { tf } from '../backend/tf.js';

/**
 * Values from 0 to 1 as bytes, rounded; what lies outside is clipped.
 * @throws {RangeError} when a value is not a number
 */
export function toBytes(images: tf.Tensor): Uint8Array {
  const values = images.dataSync();
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`toBytes: images must hold numbers, got NaN at place ${i}`);
    bytes[i] = Math.round(255 * Math.min(1, Math.max(0, values[i])));
  }
  return bytes;
}
