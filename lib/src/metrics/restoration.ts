import type { Images } from '../types.js';
import { raster, type SizedImages, type Raster } from './pictures.js';

/** A score for each image, and their mean. */
export interface Scores {
  mean: number;
  each: Float64Array;
}

/**
 * Structural similarity of restored images and their originals (Wang et al. 2004, eq. 13): 1 for equal images, near 0
 * for unrelated ones. As in the paper: Gaussian window of 11 × 11 pixels with σ = 1.5, K₁ = 0.01, K₂ = 0.03, range 1;
 * averaged over all places where the window lies inside the image, and over channels. In double precision.
 *
 * It needs one pair of images of at least 11 × 11 pixels, the size of its window. Numbers are taken to lie in [0, 1].
 */
export function ssim(restored: Images | SizedImages, original: Images | SizedImages): Scores {
  const [a, b] = pair('ssim', restored, original, windowSize);
  return scores(a, b, (x, y) => {
    let sum = 0;
    for (let channel = 0; channel < a.channels; channel++)
      sum += similarity(plane(x, a, channel), plane(y, a, channel), a.height, a.width);
    return sum / a.channels;
  });
}

/**
 * Root mean squared difference of restored images and their originals, over all numbers of an image. Needs one pair.
 */
export function rmse(restored: Images | SizedImages, original: Images | SizedImages): Scores {
  const [a, b] = pair('rmse', restored, original);
  return scores(a, b, (x, y) => Math.sqrt(meanSquare(x, y)));
}

/**
 * Peak signal-to-noise ratio in decibels, for images in [0, 1]: −10 log₁₀ of the mean squared difference; Infinity for
 * equal images. Needs one pair.
 */
export function psnr(restored: Images | SizedImages, original: Images | SizedImages): Scores {
  const [a, b] = pair('psnr', restored, original);
  return scores(a, b, (x, y) => -10 * Math.log10(meanSquare(x, y)));
}

const windowSize = 11;
const half = (windowSize - 1) / 2;
const kernel = gaussianWindow(1.5);

function gaussianWindow(sigma: number): Float64Array {
  const weights = Float64Array.from({ length: windowSize }, (_, i) =>
    Math.exp(-((i - half) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/** The mean structural similarity of two planes: (2μₓμᵧ + C₁)(2σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂)). */
function similarity(x: Float64Array, y: Float64Array, height: number, width: number): number {
  const c1 = 0.01 ** 2;
  const c2 = 0.03 ** 2;
  const blur = (values: Float64Array) => smooth(values, height, width);
  const [mx, my] = [blur(x), blur(y)];
  const [xx, yy, xy] = [blur(x.map((v) => v * v)), blur(y.map((v) => v * v)), blur(x.map((v, i) => v * y[i]))];
  let sum = 0;
  for (let i = 0; i < mx.length; i++) {
    const means = mx[i] * my[i];
    const squares = mx[i] * mx[i] + my[i] * my[i];
    sum += ((2 * means + c1) * (2 * (xy[i] - means) + c2)) / ((squares + c1) * (xx[i] + yy[i] - squares + c2));
  }
  return sum / mx.length;
}

/** Weighted means under the window, at every place where it lies inside the plane. */
function smooth(values: Float64Array, height: number, width: number): Float64Array {
  const across = width - 2 * half;
  const down = height - 2 * half;
  const rows = new Float64Array(height * across);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < across; x++) {
      let sum = 0;
      for (let k = 0; k < windowSize; k++) sum += kernel[k] * values[y * width + x + k];
      rows[y * across + x] = sum;
    }
  }
  const result = new Float64Array(down * across);
  for (let i = 0; i < result.length; i++) {
    for (let k = 0; k < windowSize; k++) result[i] += kernel[k] * rows[i + k * across];
  }
  return result;
}

function pair(
  caller: string,
  restored: Images | SizedImages,
  original: Images | SizedImages,
  least = 1,
): [Raster, Raster] {
  const a = raster(caller, 'restored', restored, least);
  const b = raster(caller, 'original', original, least);
  const shape = ({ count, height, width, channels }: Raster) => [count, height, width, channels].join(', ');
  if (shape(a) !== shape(b))
    throw new Error(`${caller}: restored and original must have one shape, got [${shape(a)}] and [${shape(b)}]`);
  return [a, b];
}

function scores(a: Raster, b: Raster, score: (x: Float32Array, y: Float32Array) => number): Scores {
  const each = Float64Array.from({ length: a.count }, (_, i) => score(a.image(i), b.image(i)));
  return { mean: each.reduce((sum, x) => sum + x, 0) / a.count, each };
}

function plane(image: Float32Array, { channels }: Raster, channel: number): Float64Array {
  return Float64Array.from({ length: image.length / channels }, (_, i) => image[i * channels + channel]);
}

function meanSquare(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return sum / x.length;
}
