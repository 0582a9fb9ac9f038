import { tf } from '../backend/tf.js';
import { listenForStop } from '../backend/interrupt.js';
import { mean, point, type Cloud } from './points.js';

/** At most so many pairs are looked at together (16 MB of distances), */
const rowsAtOnce = 1024;
const columnsAtOnce = 4096;
/** from blocks of at most so many numbers (64 MB). */
const numbersAtOnce = 2 ** 24;

/** All pairs of one stretch of `a` with one stretch of `b`. */
export interface Block {
  rowStart: number;
  rows: number;
  columnStart: number;
  columns: number;
  /** Inner products of the centred points, `[rows, columns]`. */
  products: Float32Array;
}

/**
 * All squared distances between the points of `a` and of `b`, block by block, in bounded memory.
 *
 * They come from one matrix product in float32: |a − b|² = |a|² + |b|² − 2ab. What that subtraction cancels is
 * accounted for: with u the unit roundoff, a sum of d products is off by at most d·u·|a||b| in any order of summation
 * (Higham 2002, eq. 3.5), and rounding the centred points costs at most u(|a| + |b|)|a − b|. So the true squared
 * distance lies within `slack`·(|a| + |b|)² of the computed one, and whoever needs to know a distance, or its side of a
 * threshold, more precisely than that asks for `exact`. Centring on the mean of `b` keeps |a| and |b| small.
 */
export class Pairs {
  /** |a|² and |b|² of the centred points. */
  readonly squaredA: Float64Array;
  readonly squaredB: Float64Array;
  /** |a| and |b| of the centred points. */
  readonly normA: Float64Array;
  readonly normB: Float64Array;
  /** The error of a squared distance is at most `slack`·(|a| + |b|)². */
  readonly slack: number;
  readonly #centre: Float64Array;
  readonly #scratchA: Float32Array;
  readonly #scratchB: Float32Array;

  constructor(
    readonly a: Cloud,
    readonly b: Cloud,
  ) {
    this.#centre = mean(b);
    this.#scratchA = new Float32Array(a.size);
    this.#scratchB = new Float32Array(a.size);
    this.squaredA = this.#squares(a);
    this.squaredB = this.#squares(b);
    this.normA = this.squaredA.map(Math.sqrt);
    this.normB = this.squaredB.map(Math.sqrt);
    this.slack = (a.size / 2 + 4) * unitRoundoff() * 1.01;
  }

  /** Every block of pairs, all of one stretch of `a` before the next. Gives way to the event loop between blocks. */
  async *blocks(): AsyncGenerator<Block, void, void> {
    const { a, b } = this;
    const most = Math.max(1, Math.floor(numbersAtOnce / a.size));
    const height = Math.min(rowsAtOnce, most);
    const width = Math.min(columnsAtOnce, most);
    const stop = listenForStop();
    try {
      for (let rowStart = 0; rowStart < a.count; rowStart += height) {
        const rows = Math.min(height, a.count - rowStart);
        const left = this.#centred(a, rowStart, rows);
        for (let columnStart = 0; columnStart < b.count; columnStart += width) {
          const columns = Math.min(width, b.count - columnStart);
          const right = this.#centred(b, columnStart, columns);
          yield { rowStart, rows, columnStart, columns, products: product(left, right, a.size) };
          await stop.turn();
        }
      }
    } finally {
      stop.close();
    }
  }

  /** The squared distance of point `i` of `a` and point `j` of `b`, from their difference, in double precision. */
  exact(i: number, j: number): number {
    const x = point(this.a, i, this.#scratchA);
    const y = point(this.b, j, this.#scratchB);
    let sum = 0;
    for (let k = 0; k < x.length; k++) {
      const difference = x[k] - y[k];
      sum += difference * difference;
    }
    return sum;
  }

  #centred(points: Cloud, start: number, rows: number): Float32Array {
    const { size } = points;
    const block = new Float32Array(rows * size);
    for (let i = 0; i < rows; i++) {
      const row = point(points, start + i, this.#scratchA);
      for (let k = 0; k < size; k++) block[i * size + k] = row[k] - this.#centre[k];
    }
    return block;
  }

  #squares(points: Cloud): Float64Array {
    const squares = new Float64Array(points.count);
    for (let i = 0; i < points.count; i++) {
      const row = point(points, i, this.#scratchA);
      for (let k = 0; k < row.length; k++) squares[i] += (row[k] - this.#centre[k]) ** 2;
    }
    return squares;
  }
}

/** a bᵀ for blocks of rows of `size` numbers. */
function product(a: Float32Array, b: Float32Array, size: number): Float32Array {
  const result = tf.tidy(() =>
    tf.matMul(tf.tensor2d(a, [a.length / size, size]), tf.tensor2d(b, [b.length / size, size]), false, true),
  );
  const values = result.dataSync<'float32'>();
  result.dispose();
  return values;
}

/**
 * The unit roundoff of matrix products: 2^-24 for float32. Some GPUs multiply with shortened mantissas (11 bits, or 8):
 * a product with the identity shows it, and then the least precise of them is assumed.
 */
function unitRoundoff(): number {
  const [probe] = tf.tidy(() => tf.matMul(tf.fill([64, 64], 1 + 2 ** -14), tf.eye(64)).dataSync());
  return probe === 1 + 2 ** -14 ? 2 ** -24 : 2 ** -8;
}
