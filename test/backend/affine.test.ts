import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random, ready, tf } from 'naive-diffusion';
import { affine } from '../../lib/src/backend/affine.js';
import { nativeOp } from '../../lib/src/backend/native-op.js';
import { definitionHolds, drawn, error, one, type Problem, zeros } from './definition.js';

beforeAll(() => ready());

/** Rows times a matrix: few terms or many; more rows and columns than are multiplied at a time, or fewer. */
function drawAffine(random: Random): Problem {
  const [rows, inner] = [one(random, [1, 2, 5, 12, 13, 64, 97, 300]), one(random, [1, 2, 3, 16, 48, 96, 257, 600])];
  const columns = one(random, [1, 2, 15, 16, 17, 31, 32, 33, 96, 130]);
  const inputs = [drawn(random, [rows, inner]), drawn(random, [inner, columns]), drawn(random, [columns])];
  const [x, matrix, bias] = inputs.map(({ values }) => values);
  const shape = [rows, columns];
  const dy = drawn(random, shape).values;
  const [y, dx, dMatrix, dBias] = [zeros(shape), zeros([rows, inner]), zeros([inner, columns]), zeros([columns])];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const slope = dy[r * columns + c];
      y[r * columns + c] = bias[c];
      dBias[c] += slope;
      for (let k = 0; k < inner; k++) {
        y[r * columns + c] += x[r * inner + k] * matrix[k * columns + c];
        dx[r * inner + k] += slope * matrix[k * columns + c];
        dMatrix[k * columns + c] += slope * x[r * inner + k];
      }
    }
  }
  return {
    name: `[${rows}, ${inner}] by [${inner}, ${columns}]`,
    operation: (...parts) => affine(parts[0] as tf.Tensor2D, parts[1] as tf.Tensor2D, parts[2] as tf.Tensor1D),
    inputs,
    dy,
    shape,
    expected: [y, dx, dMatrix, dBias],
    due: 5e-6,
  };
}

describe('rows times a matrix, and its gradient, keep to their definition', () => {
  definitionHolds(drawAffine);
});

describe('a product in C++', () => {
  const product = (
    a: tf.Tensor,
    b: tf.Tensor,
    bias: tf.Tensor,
    transposed: [a: boolean, b: boolean] = [false, false],
  ) => nativeOp('NaiveDiffusionMatMul', [a, b, bias], { transpose_a: transposed[0], transpose_b: transposed[1] });

  it.each([
    [[3], [3, 2], [0], /matrices/],
    [[2, 3], [2, 3], [0], /as many rows/],
    [[2, 3], [3, 2], [3], /bias/],
    [[2, 3], [3, 2], [1, 2], /bias/],
    [[0, 3], [3, 2], [0], /something/],
    [[2, 0], [0, 2], [0], /something/],
  ])('refuses %j by %j with a bias %j', (a, b, bias, reason) => {
    tf.tidy(() => {
      expect(() => product(tf.ones(a), tf.ones(b), tf.ones(bias)).dataSync()).toThrow(reason);
    });
  });

  it('leaves to TensorFlow.js what does not fit, and what is empty', () => {
    tf.tidy(() => {
      const filled = (rows: number, columns: number) => tf.ones<tf.Rank.R2>([rows, columns]);
      expect(() => affine(filled(2, 3), filled(4, 5))).toThrow(/\[2,3\].*\[4,5\]/);
      expect(() => affine(filled(2, 3), filled(3, 5), tf.ones([4]))).toThrow();
      expect(affine(filled(2, 3), filled(3, 0)).shape).toEqual([2, 0]);
      expect(affine(filled(0, 3), filled(3, 5), tf.ones([5])).shape).toEqual([0, 5]);
    });
  });

  it('may be transposed, and need no bias', () => {
    tf.tidy(() => {
      const random = new Random(1);
      const [m, k, n] = [50, 70, 40];
      const matrix = (shape: number[]) => tf.tensor2d(drawn(random, shape).values, shape as [number, number]);
      for (const [first, second] of [
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const [a, b] = [matrix(first ? [k, m] : [m, k]), matrix(second ? [n, k] : [k, n])];
        const due = Float64Array.from(tf.matMul(a, b, first, second).dataSync());
        expect(error(product(a, b, tf.zeros([0]), [first, second]).dataSync<'float32'>(), due)).toBeLessThan(5e-6);
      }
    });
  });

  it('lets what is no number through, and spoils no other row or column', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([1, NaN, 2, 3], [2, 2]);
      const y = product(x, tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([10, 20]));
      expect([...y.dataSync()]).toEqual([NaN, NaN, 21, 36]);
      const z = product(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, NaN, 3, 4], [2, 2]), tf.zeros([0]));
      expect([...z.dataSync()]).toEqual([7, NaN, 15, NaN]);
    });
  });

  it('rounds alike with vectors of 8 numbers, and with one thread', () => {
    const program = `
      import { key, normal, ready } from 'naive-diffusion';
      import { nativeOp } from './lib/dist/backend/native-op.js';
      await ready();
      const [a, b, bias] = [[300, 280], [280, 70], [70]].map((shape, i) => normal(key(i), shape));
      const y = nativeOp('NaiveDiffusionMatMul', [a, b, bias], { transpose_a: false, transpose_b: false });
      console.log(JSON.stringify([...y.dataSync()]));`;
    const run = (env: object) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
    const usual = run({});
    expect(JSON.parse(usual)).toHaveLength(300 * 70);
    expect(run({ NAIVE_DIFFUSION_VECTORS: '8' })).toBe(usual);
    expect(run({ TF_NUM_INTRAOP_THREADS: '1' })).toBe(usual);
  });
});
