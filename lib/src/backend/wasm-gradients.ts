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
  if (filterHeight * filterWidth * strideHeight * strideWidth === 1) {
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
  const [rows, columns] = [classes(info, 'Height', 'top'), classes(info, 'Width', 'left')];
  if (![...rows, ...columns].every(({ before, after }) => before >= 0 && after >= 0)) return undefined;
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const [high, wide] = [Math.ceil(inHeight / strideHeight), Math.ceil(inWidth / strideWidth)];
  const bands = rows.map((row) => {
    const parts = columns.map((column) => {
      const taps = tf.stridedSlice(filter, [row.firstTap, column.firstTap, 0, 0], filter.shape, [
        strideHeight,
        strideWidth,
        1,
        1,
      ]);
      const turned = tf.transpose(tf.reverse(taps, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
      return tf.conv2d(dy, turned, 1, padding([row.before, row.after], [column.before, column.after]));
    });
    // Side by side in the last axis is side by side in the rows.
    return tf.reshape(tf.concat(parts, 3), [batchSize, high, strideWidth * wide * inChannels]);
  });
  const whole = tf.reshape(tf.concat(bands, 2), [batchSize, strideHeight * high, strideWidth * wide, inChannels]);
  return tf.slice(whole, [0, 0, 0, 0], [batchSize, inHeight, inWidth, inChannels]) as tf.Tensor4D;
}

/** Pixels of one class along an axis: the first tap that they meet, and the zeros that dy needs before and after it. */
interface Class {
  firstTap: number;
  before: number;
  after: number;
}

/** The classes along an axis: pixel s·u + i meets the taps a = (i + top) mod s, and then every s-th. */
function classes(info: tf.backend_util.Conv2DInfo, axis: 'Height' | 'Width', edge: 'top' | 'left'): Class[] {
  const [inputs, outputs, taps, stride] = [
    info[`in${axis}`],
    info[`out${axis}`],
    info[`filter${axis}`],
    info[`stride${axis}`],
  ];
  return Array.from({ length: stride }, (_, i) => {
    const place = i + info.padInfo[edge];
    const firstTap = place % stride;
    const ahead = (place - firstTap) / stride;
    const met = Math.ceil((taps - firstTap) / stride);
    return { firstTap, before: met - 1 - ahead, after: Math.ceil(inputs / stride) - outputs + ahead };
  });
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
