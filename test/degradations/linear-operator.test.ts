import { describe, expect, it } from 'vitest';
import {
  blur,
  desaturate,
  key,
  linearOperator,
  loadFaces,
  mask,
  normal,
  pixelate,
  ready,
  separableOperator,
  snow,
  tf,
  uniform,
  type Degradation,
  type Draw,
  type Images,
  type ImageShape,
  type Level,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

await ready();

/** The degradations, and the levels at which chapter 6 restores them, and others. */
const cases: [string, Degradation, number[]][] = [
  ['mask', mask(), [0.5, 0.1, 0.9, 0, 1]],
  ['mask, wide and grey', mask({ softness: 0.4, colour: 0.3 }), [0.5]],
  ['pixelate', pixelate(), [2 / 3, 0.1, 0.5, 0.9, 0, 1]],
  ['pixelate, two stages', pixelate({ stages: 2 }), [0.3, 1]],
  ['desaturate', desaturate(), [0.6, 0, 1]],
  ['blur', blur(), [0.6, 0.05, 0.9, 0, 1]],
];
const drawOf = (d: Degradation, batch: number, [height, width, channels]: ImageShape): Draw =>
  d.draw(key(5), [batch, height, width, channels]);
const operatorOf = (d: Degradation, shape: ImageShape, level: Level, draw: Draw) =>
  linearOperator(d, { shape, level, ...(draw.order && { draw }) });

/** Eigenvalues of a symmetric matrix by Jacobi's rotations, falling. */
function eigenvalues(matrix: number[][]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 12; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p][q]) < 1e-12) continue;
        const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
      }
    }
  }
  return a.map((row, i) => row[i]).sort((x, y) => y - x);
}

describe('linearOperator', () => {
  it.each(cases)('of %s degrades faces as the degradation does', async (_, d, levels) => {
    const faces = await loadFaces({ split: 'test' });
    tf.tidy(() => {
      const x0 = faces.images({ end: 8 });
      const draw = drawOf(d, 8, [32, 32, 3]);
      for (const level of levels) {
        const operator = operatorOf(d, [32, 32, 3], level, draw);
        expect(difference(operator.degrade(x0), d.at(draw, x0, level)), `t = ${level}`).toBeLessThan(5e-6);
      }
    });
  });

  it.each(cases)('of %s has an orthonormal transform, and is its own transpose', (_, d, levels) => {
    tf.tidy(() => {
      const shape = [8, 16, 3] as const;
      const [x, y] = [0, 1].map((i) => normal(key(6, i), [4, ...shape]) as Images);
      const operator = operatorOf(d, shape, levels[0], drawOf(d, 4, shape));
      const product = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0];
      expect(difference(operator.outOf(operator.into(x)), x)).toBeLessThan(1e-5);
      expect(difference(operator.into(operator.outOf(x)), x)).toBeLessThan(1e-5);
      expect(Math.abs(product(operator.into(x), operator.into(y)) - product(x, y))).toBeLessThan(1e-3);
      expect(Math.abs(product(operator.apply(x), y) - product(x, operator.apply(y)))).toBeLessThan(1e-3);
      expect(
        difference(operator.into(operator.apply(x)), tf.mul(operator.into(x), operator.singularValues)),
      ).toBeLessThan(1e-5);
    });
  });

  it.each(cases)('of %s has the singular values of the matrix that the degradation is', (_, d, levels) => {
    tf.tidy(() => {
      const shape: ImageShape = d.spec!.kind === 'desaturate' ? [4, 8, 2] : [8, 8, 1];
      const n = 64;
      // The same draw for all: what the degradation makes of each single pixel, without what it makes of black.
      const one = drawOf(d, 1, shape);
      const draw = Object.fromEntries(Object.entries(one).map(([name, x]) => [name, tf.tile(x, [n + 1, 1, 1, 1])]));
      const pixels = tf.concat([tf.eye(n), tf.zeros([1, n])]).reshape<Images>([n + 1, ...shape]);
      const ends = d.at(draw, pixels, levels[0]).reshape<tf.Tensor2D>([n + 1, n]);
      const matrix = tf.sub(ends.slice([0], [n]), ends.slice([n], [1])).arraySync() as number[][];
      const operator = operatorOf(d, shape, levels[0], one);
      const found = [...operator.singularValues.dataSync()].sort((a, b) => b - a);
      const wanted = eigenvalues(matrix);
      expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i])))).toBeLessThan(1e-5);
    });
  });

  it('keeps a 64th of an image of 4×4 blocks, a third of a grey one, and all pixels outside of a hole', () => {
    tf.tidy(() => {
      const count = (d: Degradation, level: number, draw: Draw = {}) =>
        operatorOf(d, [32, 32, 3], level, draw).singularValues.greater(0.5).sum().dataSync()[0];
      expect(count(pixelate(), 1)).toBe(3 * 16);
      expect(count(desaturate(), 1)).toBe(1024);
      expect(Math.abs(count(mask(), 0.5, drawOf(mask(), 1, [32, 32, 3])) - 3 * 512)).toBeLessThan(40);
    });
  });

  it('takes a level for each image', () => {
    tf.tidy(() => {
      const x0 = uniform(key(7), [3, 8, 8, 3]) as Images;
      const t = tf.tensor1d([0.1, 0.5, 0.9]);
      for (const d of [pixelate(), desaturate(), blur()])
        expect(difference(linearOperator(d, { shape: [8, 8, 3], level: t }).degrade(x0), d.at({}, x0, t))).toBeLessThan(
          5e-6,
        );
    });
  });

  it('leaves no tensors behind', async () => {
    for (const [, d, levels] of cases) {
      await expectNoLeak(() => {
        const draw = tf.tidy(() => drawOf(d, 2, [8, 8, 3]));
        const operator = operatorOf(d, [8, 8, 3], levels[0], draw);
        const x = tf.tidy(() => normal(key(8), [2, 8, 8, 3]) as Images);
        tf.dispose([operator.into(x), operator.outOf(x), operator.apply(x), operator.degrade(x)]);
        operator.dispose();
        tf.dispose([draw, x]);
      });
    }
  });

  it('refuses what it cannot take apart', () => {
    const shape = [8, 8, 3] as const;
    const draw = drawOf(mask(), 1, shape);
    expect(() => linearOperator(snow(), { shape, level: 0.5 })).toThrow(
      'linearOperator: degradation must be mask, pixelate, desaturate, blur, got "snow": make another one',
    );
    expect(() => linearOperator(mask(), { shape, level: 0.5 })).toThrow('linearOperator: draw must be given');
    expect(() => linearOperator(blur(), { shape, level: 0.5, draw })).toThrow('linearOperator: draw must be left out');
    expect(() => linearOperator(blur(), { shape, level: 2 })).toThrow('linearOperator: t must lie in [0, 1], got 2');
    expect(() => linearOperator(desaturate(), { shape: [8, 8, 1], level: 1 })).toThrow(
      'linearOperator: shape must have several channels, got 1',
    );
    expect(() => linearOperator(pixelate(), { shape: [12, 8, 3], level: 1 })).toThrow(
      'linearOperator: shape must have sides that 8 divides, got 12',
    );
    tf.dispose(draw);
  });
});

describe('separableOperator', () => {
  const values = () => tf.ones([1, 2, 2, 1]) as tf.Tensor4D;

  it('is that of a reader: a picture turned by 45° in the plane of its two rows, of which one is halved', () => {
    tf.tidy(() => {
      const h = Math.SQRT1_2;
      const operator = separableOperator({
        shape: [2, 1, 1],
        rows: new Float32Array([h, h, -h, h]),
        singularValues: tf.tensor4d([1, 0.5], [1, 2, 1, 1]),
      });
      const y = operator.apply(tf.tensor4d([1, 0], [1, 2, 1, 1])).dataSync();
      expect(y[0]).toBeCloseTo(0.75);
      expect(y[1]).toBeCloseTo(0.25);
    });
  });

  it('refuses what is not orthonormal, or no singular values', () => {
    const shape = [2, 2, 1] as const;
    const make = (more: object) => () => separableOperator({ shape, singularValues: values(), ...more });
    tf.tidy(() => {
      expect(make({ rows: new Float32Array([1, 0, 1, 0]) })).toThrow(
        'separableOperator: rows must be orthonormal, got rows 0 and 1 with the product 1',
      );
      expect(make({ columns: new Float32Array(3) })).toThrow('columns must be a Float32Array of 2×2 numbers');
      expect(make({ singularValues: tf.fill([1, 2, 2, 1], -1) })).toThrow(
        'separableOperator: singularValues must be numbers of at least 0, got -1',
      );
      expect(make({ singularValues: tf.ones([1, 2, 3, 1]) })).toThrow('must have shape [1,2,2,1], got [1,2,3,1]');
      expect(make({ centre: NaN })).toThrow('separableOperator: centre must be a finite number, got NaN');
    });
  });
});
