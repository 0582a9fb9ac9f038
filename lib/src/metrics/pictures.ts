import { tf } from '../backend/tf.js';
import type { Images } from '../types.js';
import type { ImageBytes } from './points.js';

/** Images kept as bytes, with their size: an `ImageSet`. */
export interface Pictures extends ImageBytes {
  height: number;
  width: number;
  channels: number;
}

/** Images of one size as plain numbers, channels last. */
export interface Raster {
  count: number;
  height: number;
  width: number;
  channels: number;
  /** The numbers of image `index`, in [0, 1]; valid until the next call. */
  image(index: number): Float32Array;
}

/**
 * Reads `images`; the errors name `caller` and `argument`. Throws unless they have at least `least` rows and columns of
 * pixels.
 */
export function raster(caller: string, argument: string, images: Images | Pictures, least = 1): Raster {
  const name = `${caller}: ${argument} must`;
  const isTensor = images instanceof tf.Tensor;
  const [count, height, width, channels] = isTensor
    ? images.shape
    : [images.length, images.height, images.width, images.channels];
  if (isTensor && images.shape.length !== 4)
    throw new Error(`${name} have the shape [batch, height, width, channels], got [${images.shape.join(', ')}]`);
  if (!(count >= 1 && height >= least && width >= least && channels >= 1)) {
    throw new Error(
      `${name} hold at least one image of at least ${least}x${least} pixels, got ${count} of ${height}x${width}x${channels}`,
    );
  }
  const values: Float32Array | Uint8Array = isTensor ? Float32Array.from(images.dataSync()) : images.pixels;
  const size = height * width * channels;
  const scratch = new Float32Array(size);
  return {
    count,
    height,
    width,
    channels,
    image(index) {
      const part = values.subarray(index * size, (index + 1) * size);
      if (part instanceof Float32Array) return part;
      for (let i = 0; i < size; i++) scratch[i] = part[i] / 255;
      return scratch;
    },
  };
}
