import { tf } from './tf.js';

/*
 * What a convolution and a product of matrices need on the way back, made of what WebAssembly does quickly:
 * convolutions, and products of matrices that are not turned.
 */

/**
 * dL/dF[a, b, i, o] = Σ over images and output pixels (p, q) of x[s·p + a − top, s·q + b − left, i] · dy[p, q, o]: the
 * convolution of x with dy as its filter, in which channels and images trade places and the stride is a dilation.
 */
export function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  const samePixels = info.outHeight === info.inHeight && info.outWidth === info.inWidth && top === 0 && left === 0;
  if (samePixels && filterHeight * filterWidth * strideHeight * strideWidth === 1) {
    const [pixels, ofPixels] = [tf.reshape(x, [-1, inChannels]), tf.reshape(dy, [-1, outChannels])];
    return tf.reshape(turnedProduct(pixels, ofPixels, true, false), info.filterShape);
  }
  const below = (outHeight - 1) * strideHeight + filterHeight - info.inHeight - top;
  const beside = (outWidth - 1) * strideWidth + filterWidth - info.inWidth - left;
  const byChannel = tf.transpose(seen(x, below, beside), [3, 1, 2, 0]);
  const pad = padding([top, Math.max(0, below)], [left, Math.max(0, beside)]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const gradient = tf.conv2d(byChannel, filter, 1, pad, 'NHWC', [strideHeight, strideWidth]);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** Without the last rows and columns that no filter meets, where there are such: fewer than none lie beyond x. */
function seen(x: tf.Tensor4D, below: number, beside: number): tf.Tensor4D {
  if (below >= 0 && beside >= 0) return x;
  const [batch, height, width, channels] = x.shape;
  return tf.slice(x, [0, 0, 0, 0], [batch, height + Math.min(0, below), width + Math.min(0, beside), channels]);
}

/**
 * dL/dx, which is also the transposed convolution of dy. With a stride of s the pixels of x fall into s·s classes, of
 * which each meets every s-th tap of the filter in either direction: one small convolution of dy for each class.
 * @returns nothing where the sizes do not fit, as they may where x is no whole number of strides wide
 */
export function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: tf.backend_util.Conv2DInfo,
): tf.Tensor4D | undefined {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const rows = classes(inHeight, info.outHeight, info.filterHeight, strideHeight, info.padInfo.top);
  const columns = classes(inWidth, info.outWidth, info.filterWidth, strideWidth, info.padInfo.left);
  if (![...rows, ...columns].every(({ before, after }) => before >= 0 && after >= 0)) return undefined;
  const [high, wide] = [Math.ceil(inHeight / strideHeight), Math.ceil(inWidth / strideWidth)];
  const bands = rows.map((row) => {
    const parts = columns.map((column) => {
      const taps = everyTap(filter, [strideHeight, strideWidth], [row.firstTap, column.firstTap]);
      const turnedTaps = tf.transpose(tf.reverse(taps, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
      return tf.conv2d(dy, turnedTaps, 1, padding([row.before, row.after], [column.before, column.after]));
    });
    // Side by side in the last axis is side by side in the rows.
    return tf.reshape(tf.concat(parts, 3), [batchSize, high, strideWidth * wide * inChannels]);
  });
  const [height, width] = [strideHeight * high, strideWidth * wide];
  const whole = tf.reshape(tf.concat(bands, 2), [batchSize, height, width, inChannels]) as tf.Tensor4D;
  if (height === inHeight && width === inWidth) return whole;
  return tf.slice(whole, [0, 0, 0, 0], [batchSize, inHeight, inWidth, inChannels]);
}

/** Pixels of one class along an axis: the first tap that they meet, and the zeros that dy needs before and after it. */
interface Class {
  firstTap: number;
  before: number;
  after: number;
}

/** The classes along an axis: pixel s·u + i meets the taps a = (i + edge) mod s, and then every s-th. */
function classes(inputs: number, outputs: number, taps: number, stride: number, edge: number): Class[] {
  const met = Math.ceil(taps / stride); // with zeros beyond the filter's end
  return Array.from({ length: stride }, (_, i) => {
    const firstTap = (i + edge) % stride;
    const ahead = (i + edge - firstTap) / stride;
    return { firstTap, before: met - 1 - ahead, after: Math.ceil(inputs / stride) - outputs + ahead };
  });
}

/** Every s-th tap of a filter from the first on, in both directions, as if there were zeros beyond its end. */
function everyTap(filter: tf.Tensor4D, [down, across]: number[], [row, column]: number[]): tf.Tensor4D {
  if (down === 1 && across === 1) return filter;
  const [height, width, inputs, outputs] = filter.shape;
  const [rows, columns] = [Math.ceil(height / down), Math.ceil(width / across)];
  const whole = tf.pad(filter, [
    [0, rows * down - height],
    [0, columns * across - width],
    [0, 0],
    [0, 0],
  ]);
  const wide = columns * across * inputs * outputs;
  const inRows = tf.slice(tf.reshape(whole, [rows, down, wide]), [0, row, 0], [rows, 1, wide]);
  const places = tf.reshape(inRows, [rows * columns, across, inputs * outputs]);
  const taps = tf.slice(places, [0, column, 0], [rows * columns, 1, inputs * outputs]);
  return tf.reshape(taps, [rows, columns, inputs, outputs]);
}

function padding(
  rows: [number, number],
  columns: [number, number],
): [[number, number], [number, number], [number, number], [number, number]] {
  return [[0, 0], rows, columns, [0, 0]];
}

/**
 * a·b, in which the last two axes of one or both are to trade places first. b is copied where it is not turned: the
 * backend keeps a program for the data that b is, and would take it again for the same data in rows of another length.
 */
export function turnedProduct(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  // Of (b·aᵀ)ᵀ only what is small is turned.
  if (transposeB && !transposeA && a.rank === b.rank && a.size < b.size) return turned(tf.matMul(b, turned(a)));
  const second = transposeB ? turned(b) : tf.slice(b, new Array<number>(b.rank).fill(0), b.shape);
  return tf.matMul(transposeA ? turned(a) : a, second);
}

function turned(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
