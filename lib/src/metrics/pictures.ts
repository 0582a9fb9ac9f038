import { tf } from '../backend/tf.js';
import { checkFinite } from '../check.js';
import type { Images } from '../types.js';
import { mostSize, type ImageBytes } from './points.js';

/** Images kept as bytes, with their size: an `ImageSet`. */
export interface SizedImages extends ImageBytes {
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
 * pixels, and hold finite numbers.
 */
export function raster(caller: string, argument: string, images: Images | SizedImages, least = 1): Raster {
  const name = `${caller}: ${argument} must`;
  const { count, height, width, channels, values } = read(name, images);
  if (!(count >= 1 && height >= least && width >= least && channels >= 1)) {
    throw new Error(
      `${name} hold at least one image of at least ${least}x${least} pixels, got ${count} of ${height}x${width}x${channels}`,
    );
  }
  const size = height * width * channels;
  if (values.length !== count * size)
    throw new Error(`${name} hold ${count} images of ${height}x${width}x${channels}, got ${values.length} numbers`);
  if (values instanceof Float32Array)
    checkFinite(caller, values, argument, { most: mostSize, group: { name: 'image', size } });
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

function read(name: string, images: Images | SizedImages) {
  if (images instanceof tf.Tensor) {
    if (images.isDisposed) throw new TypeError(`${name} not be disposed of before they are measured`);
    if (images.shape.length !== 4)
      throw new Error(`${name} have the shape [batch, height, width, channels], got [${images.shape.join(', ')}]`);
    const [count, height, width, channels] = images.shape;
    return { count, height, width, channels, values: Float32Array.from(images.dataSync()) };
  }
  const { length: count, height, width, channels, pixels } = images ?? {};
  if (!(pixels instanceof Uint8Array))
    throw new TypeError(`${name} be a tensor or a set of images, got ${images === null ? 'null' : typeof images}`);
  return { count, height, width, channels, values: pixels };
}
