import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { key, normal } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { ImageSet } from '../data/image-set.js';
import type { Degradation, Key } from '../types.js';

/** What residues are like, and new ones of that kind. It holds no tensors. */
export interface ResidueFit {
  /** The shape of one residue. */
  readonly shape: number[];
  /** How many directions the residues vary in, as far as they were fitted. */
  readonly components: number;
  /** The share of the residues' variance that lies in those directions, from 0 to 1. */
  readonly explained: number;
  /** `n` new residues, `[n, …shape]`, which the caller owns. The same key gives the same ones. */
  sample(key: Key, n: number): tf.Tensor;
}

/**
 * Fits a distribution to what a degradation leaves of images at t = 1, for samplers to start from: a normal
 * distribution along the principal components, cut off at the limits of `range`.
 *
 * It keeps a mean and a few directions in place of any image, and at least ten images for each direction, so that a
 * sample repeats none of them. A normal distribution is all that it can say: residues that fall into groups come out
 * smeared.
 * @param degradation one that leaves a residue
 * @param data the training images
 * @param options.components how many directions at most; 64 when left out
 * @param options.limit how many images to look at, from the first; 2,000 when left out
 * @param options.range the limits of the residues' values; [0, 1] when left out
 * @throws {TypeError} when the degradation leaves no residue
 * @throws {RangeError} when there are fewer than 20 images or an option is out of range
 */
export function fitResidue(
  degradation: Degradation,
  data: ImageSet,
  {
    components = 64,
    limit = 2000,
    range = [0, 1],
  }: { components?: number; limit?: number; range?: [number, number] } = {},
): ResidueFit {
  if (!degradation?.residue)
    throw new TypeError('fitResidue: degradation must leave a residue, got one that leaves nothing');
  checkWhole('fitResidue', 'components', components);
  checkWhole('fitResidue', 'limit', limit, 20);
  if (!(range[0] < range[1]))
    throw new RangeError(`fitResidue: range must be [low, high] with low below high, got [${range}]`);
  const n = Math.min(limit, data.length);
  if (n < 20) throw new RangeError(`fitResidue: data must hold at least 20 images, got ${n}`);
  const { rows, shape } = residuesOf(degradation, data, n);
  try {
    const { mean, directions, count, explained } = principalComponents(rows, components);
    const size = mean.length;
    return {
      shape,
      components: count,
      explained,
      sample: (drawKey, m) =>
        tf.tidy(() => {
          const offsets = tf.matMul(normal<tf.Rank.R2>(drawKey, [m, count]), tf.tensor2d(directions, [count, size]));
          return tf.clipByValue(tf.add(offsets, tf.tensor1d(mean)), ...range).reshape([m, ...shape]);
        }),
    };
  } finally {
    rows.dispose();
  }
}

/** The residues of the first `n` images, one in a row. */
function residuesOf(degradation: Degradation, data: ImageSet, n: number): { rows: tf.Tensor2D; shape: number[] } {
  let shape: number[] = [];
  const rows = tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let start = 0; start < n; start += 250) {
      parts.push(
        tf.tidy(() => {
          const left = degradation.residue!(data.images({ start, end: Math.min(n, start + 250) }));
          shape = left.shape.slice(1);
          return left.reshape<tf.Tensor2D>([left.shape[0], -1]);
        }),
      );
    }
    return tf.concat2d(parts, 0);
  });
  return { rows, shape };
}

/**
 * Mean and principal directions of the rows, each direction as long as the standard deviation along it. Directions
 * without variance are left out; one of length 0 stands for none at all.
 *
 * The directions are sought in a subspace that is turned towards the largest variance again and again (Halko,
 * Martinsson and Tropp 2011, arXiv 0909.4061, algorithm 4.4), so that residues of many values cost little.
 */
function principalComponents(
  rows: tf.Tensor2D,
  components: number,
): { mean: Float32Array; directions: Float32Array; count: number; explained: number } {
  const [n, size] = rows.shape;
  const most = Math.min(components, size, Math.floor(n / 10));
  const dimensions = Math.min(size, most + 8); // a few more, for the last ones to come out well
  const mean = tf.tidy(() => tf.mean(rows, 0).dataSync() as Float32Array);
  const centred = tf.tidy(() => tf.sub(rows, tf.tensor1d(mean)) as tf.Tensor2D);
  try {
    const total = tf.tidy(() => tf.sum(tf.square(centred)).dataSync()[0]) / (n - 1);
    let basis = orthonormal(toMatrix(() => normal<tf.Rank.R2>(key(0), [size, dimensions])));
    for (let turn = 0; turn < 12; turn++)
      basis = orthonormal(toMatrix(() => tf.matMul(centred, tf.matMul(centred, toTensor(basis)), true)));
    const within = toMatrix(() => {
      const seen = tf.matMul(centred, toTensor(basis));
      return tf.div<tf.Tensor2D>(tf.matMul(seen, seen, true), n - 1);
    });
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(within, { assumeSymmetric: true });
    const kept = [...realEigenvalues.keys()]
      .sort((a, b) => realEigenvalues[b] - realEigenvalues[a])
      .slice(0, most)
      .filter((i) => realEigenvalues[i] > 1e-6 * total && realEigenvalues[i] > 0);
    const axes = basis.mmul(eigenvectorMatrix);
    const count = Math.max(1, kept.length);
    const directions = new Float32Array(count * size);
    kept.forEach((i, row) =>
      directions.set(
        axes.getColumn(i).map((v) => v * Math.sqrt(realEigenvalues[i])),
        row * size,
      ),
    );
    const explained = total > 0 ? Math.min(1, kept.reduce((sum, i) => sum + realEigenvalues[i], 0) / total) : 1;
    return { mean, directions, count, explained };
  } finally {
    centred.dispose();
  }
}

function orthonormal(matrix: Matrix): Matrix {
  return new QrDecomposition(matrix).orthogonalMatrix;
}

function toMatrix(make: () => tf.Tensor2D): Matrix {
  const x = tf.tidy(make);
  const matrix = Matrix.from1DArray(x.shape[0], x.shape[1], Array.from(x.dataSync()));
  x.dispose();
  return matrix;
}

function toTensor(matrix: Matrix): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(matrix.to1DArray()), [matrix.rows, matrix.columns]);
}
