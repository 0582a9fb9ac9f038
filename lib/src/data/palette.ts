import { kmeans } from 'ml-kmeans';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import { Random } from '../random.js';
import type { Images } from '../types.js';
import type { ImageSet } from './image-set.js';

/**
 * A list of colours, each with one number in [0, 1] for every channel. Plain data, so that a configuration can carry
 * it.
 */
export type Palette = readonly (readonly number[])[];

/** Options of {@link fitPalette}. */
export interface PaletteOptions {
  /** How many colours: 64 by default. More come closer to the images, and give a network more to choose from. */
  colours?: number;
  /** How many pixels are looked at, drawn from all images: 10,000 by default. */
  pixels?: number;
  /** Seed of the pixels and of the start of k-means. */
  seed?: number;
}

/**
 * The colours that stand for all pixels of `data` with little squared error: k-means with the start of Arthur and
 * Vassilvitskii 2007 (k-means++), over some of the pixels. Images with fewer colours than asked for give those they
 * have.
 * @throws {RangeError} when an option is out of range
 */
export function fitPalette(
  data: ImageSet,
  { colours = 64, pixels = 10_000, seed = 1 }: PaletteOptions = {},
): number[][] {
  checkWhole('fitPalette', 'colours', colours, 2);
  checkWhole('fitPalette', 'pixels', pixels);
  checkWhole('fitPalette', 'seed', seed, 0);
  if (!(data?.length > 0)) throw new TypeError('fitPalette: data must be a set that holds images');
  const { channels } = data;
  const random = new Random(seed);
  const points = Array.from({ length: pixels }, () => {
    const at = channels * random.int(data.pixels.length / channels);
    return [...data.pixels.subarray(at, at + channels)];
  });
  const distinct = [...new Map(points.map((point) => [point.join(), point])).values()];
  const centres =
    distinct.length <= colours ? distinct : kmeans(points, colours, { seed, maxIterations: 100 }).centroids;
  return centres.map((centre) => centre.map((value) => Number((value / 255).toFixed(4))));
}

/**
 * The number of the nearest colour for each pixel: int32 `[batch, height, width]`.
 * @throws {RangeError} when images and palette have another number of channels
 */
export function toPalette(images: Images, palette: Palette): tf.Tensor3D {
  checkRank('toPalette', 'images', images, '[batch, height, width, channels]', 4);
  const [batch, height, width, channels] = images.shape;
  checkPalette('toPalette', palette, channels);
  return tf.tidy(() => {
    const colours = tf.tensor2d(palette as number[][]);
    // |x − c|² is least where x·c − |c|²/2 is largest.
    const closeness = tf.sub(
      tf.matMul(tf.reshape(images, [-1, channels]), colours, false, true),
      tf.mul(tf.sum(tf.square(colours), 1), 0.5),
    );
    return tf.reshape(tf.argMax(closeness, 1), [batch, height, width]) as tf.Tensor3D;
  });
}

/**
 * The images that numbers of colours stand for: int32 `[batch, height, width]` → `[batch, height, width, channels]`.
 */
export function fromPalette(numbers: tf.Tensor3D, palette: Palette): Images {
  checkRank('fromPalette', 'numbers', numbers, '[batch, height, width]', 3);
  checkPalette('fromPalette', palette);
  return tf.tidy(() => tf.gather(tf.tensor2d(palette as number[][]), numbers) as unknown as Images);
}

/** Throws unless `tensor` is one of `rank` axes that still holds its values. */
function checkRank(caller: string, argument: string, tensor: tf.Tensor, shape: string, rank: number): void {
  if (!(tensor instanceof tf.Tensor))
    throw new TypeError(`${caller}: ${argument} must be a tensor, got ${typeof tensor}`);
  if (tensor.isDisposed) throw new TypeError(`${caller}: ${argument} must not be disposed of`);
  if (tensor.rank !== rank)
    throw new RangeError(`${caller}: ${argument} must have shape ${shape}, got [${tensor.shape}]`);
}

/** Throws unless `palette` has at least two colours of as many channels. */
export function checkPalette(caller: string, palette: Palette, channels = palette[0]?.length): void {
  if (!(palette?.length >= 2 && palette.every(Array.isArray)))
    throw new RangeError(`${caller}: palette must hold at least two colours, got ${palette?.length}`);
  const wrong = palette.findIndex(
    (colour) => colour.length !== channels || !colour.every((value: number) => value >= 0 && value <= 1),
  );
  if (wrong >= 0)
    throw new RangeError(
      `${caller}: palette must hold ${channels} numbers from 0 to 1 for each colour, got [${palette[wrong]}]`,
    );
}
