import { beforeAll, describe, expect, it } from 'vitest';
import { compile, key, normal, Random, ready, tf } from 'naive-diffusion';
import { attendTokens } from '../../lib/src/backend/attention.js';
import { addBias } from '../../lib/src/backend/bias.js';
import { gatedSum } from '../../lib/src/backend/gated-sum.js';
import { scaledGelu } from '../../lib/src/backend/gelu.js';
import { normalizeLast } from '../../lib/src/backend/layer-norm.js';
import { findFused } from '../../lib/src/backend/fused.js';
import { difference, refuseWarnings } from '../support.js';
import { on, withoutFused } from './backends.js';

beforeAll(() => ready());
refuseWarnings();

/** Expects that two functions of tensors agree, and so do their gradients, and that the first leaves nothing behind. */
function expectSame(
  a: (...x: tf.Tensor[]) => tf.Tensor,
  b: (...x: tf.Tensor[]) => tf.Tensor,
  shapes: number[][],
): void {
  tf.tidy(() => {
    const x = shapes.map((shape, i) => normal(key(5, i), shape));
    const before = tf.memory().numTensors;
    const y = a(...x);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(difference(y, b(...x))).toBeLessThan(5e-6);
    const dy = normal(key(6), y.shape);
    const start = tf.memory().numTensors;
    const ofA = tf.grads((...each) => a(...each))(x, dy);
    expect(tf.memory().numTensors).toBe(start + x.length);
    const ofB = tf.grads((...each) => b(...each))(x, dy);
    ofA.forEach((gradient, i) => {
      expect(difference(gradient, ofB[i]), `gradient ${i}`).toBeLessThan(2e-5);
    });
  });
}

/** {@link expectSame}, with the operations in C++ and without. */
function expectBoth(...[a, b, shapes]: Parameters<typeof expectSame>): void {
  expect(findFused()).toBe(true);
  expectSame(a, b, shapes);
  withoutFused(() => {
    expectSame(a, b, shapes);
  });
}

describe('operations with gradients by hand agree with what they are made of', () => {
  it('GELU, between its two factors √2', () => {
    const plain = (x: tf.Tensor, bias: tf.Tensor) => {
      const u = tf.add(x, bias);
      return tf.mul(u, tf.add(tf.erf(u), 1));
    };
    expectBoth((x, b) => scaledGelu(x as tf.Tensor2D, b as tf.Tensor1D), plain, [[140, 50], [50]]);
  });

  it('layer normalisation', () => {
    const plain = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const off = tf.sub(x, tf.mean(x, -1, true));
      const hat = tf.div(off, tf.sqrt(tf.add(tf.mean(tf.square(off), -1, true), 1e-3)));
      const [s, b] = [scale, shift].map((rows) =>
        tf.reshape(rows, [-1, ...x.shape.slice(1, -1).map(() => 1), rows.shape[1]!]),
      );
      return tf.add(tf.mul(hat, tf.add(s, 1)), b);
    };
    const own = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
      normalizeLast(x, 1e-3, { scale: scale as tf.Tensor2D, shift: shift as tf.Tensor2D });
    for (const x of [
      [2, 3, 10],
      [3, 37],
      [2, 4, 3, 16],
      [2, 1, 96],
      [70, 5, 33],
    ])
      for (const batch of [1, x[0]]) expectBoth(own, plain, [x, [batch, x.at(-1)!], [batch, x.at(-1)!]]);
    expectBoth(
      (x) => normalizeLast(x, 1e-3),
      (x) => plain(x, tf.zeros([1, 10]), tf.zeros([1, 10])),
      [[2, 3, 10]],
    );
  });

  it('a sum with a gate', () => {
    const plain = (x: tf.Tensor, gate: tf.Tensor, v: tf.Tensor) => tf.add(x, tf.mul(tf.expandDims(gate, 1), v));
    const own = (x: tf.Tensor, gate: tf.Tensor, v: tf.Tensor) => gatedSum(x, gate as tf.Tensor2D, v);
    for (const [batch, tokens, width] of [
      [2, 3, 10],
      [3, 1, 37],
      [70, 5, 33],
    ])
      for (const gates of [1, batch])
        expectBoth(own, plain, [
          [batch, tokens, width],
          [gates, width],
          [batch, tokens, width],
        ]);
  });

  it('of no tokens, and of no images', () => {
    for (const shape of [
      [0, 3, 4],
      [2, 0, 4],
    ])
      tf.tidy(() => {
        const x = tf.zeros<tf.Rank.R3>(shape as [number, number, number]);
        const rows = tf.ones<tf.Rank.R2>([shape[0], 4]);
        const all = (each: tf.Tensor, r: tf.Tensor) =>
          gatedSum(
            each,
            r as tf.Tensor2D,
            normalizeLast(each, 1e-3, { scale: r as tf.Tensor2D, shift: r as tf.Tensor2D }),
          );
        expect(all(x, rows).shape).toEqual(shape);
        const [dx, dRows] = tf.grads(all)([x, rows]);
        expect(dx.shape).toEqual(shape);
        expect(dRows.shape).toEqual(rows.shape);
        expect(scaledGelu(tf.zeros([0, 4]), tf.ones([4])).shape).toEqual([0, 4]);
      });
  });

  it('a bias', () => {
    expectSame((x, b) => addBias(x as tf.Tensor2D, b as tf.Tensor1D), tf.add, [[6, 4], [4]]);
    tf.tidy(() => {
      expect(addBias(tf.zeros([0, 4]), tf.ones([4])).shape).toEqual([0, 4]);
    });
  });
});

interface Problem {
  batch: number;
  tokens: number;
  heads: number;
  depth: number;
  x: Float32Array;
  dy: Float32Array;
}

/** Tokens of all kinds of sizes; some look at few others only, for their scores reach far above 100. */
function drawProblem(random: Random): Problem {
  const one = (sizes: number[]) => sizes[random.int(sizes.length)];
  const [batch, tokens] = [one([1, 2, 3]), one([1, 2, 5, 16, 31, 32, 33, 64, 70, 130])];
  const [heads, depth] = [one([1, 2, 3]), one([1, 3, 4, 8, 13, 16, 24, 32, 40])];
  const spread = one([0.3, 1, 1, 6]);
  const numbers = (n: number, size: number) =>
    Float32Array.from({ length: n }, () => size * (random.uniform() + random.uniform() - 1) * 2.45);
  const n = batch * tokens * heads * depth;
  return { batch, tokens, heads, depth, x: numbers(3 * n, spread), dy: numbers(n, 1) };
}

/** The definition and its gradient in double precision: y, dx. */
function definition({ batch, tokens, heads, depth, x, dy }: Problem): Float64Array[] {
  const [y, dx] = [new Float64Array(dy.length), new Float64Array(x.length)];
  const scale = 1 / Math.sqrt(depth);
  const channels = Array.from({ length: depth }, (_, c) => c);
  for (let image = 0; image < batch; image++) {
    for (let head = 0; head < heads; head++) {
      const at = (i: number, part: number) => ((image * tokens + i) * 3 + part) * heads * depth + head * depth;
      const out = (i: number) => (image * tokens + i) * heads * depth + head * depth;
      for (let i = 0; i < tokens; i++) {
        const scores = Array.from({ length: tokens }, (_, j) =>
          channels.reduce((sum, c) => sum + scale * x[at(i, 0) + c] * x[at(j, 1) + c], 0),
        );
        const most = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - most));
        const total = powers.reduce((a, b) => a + b);
        const shares = powers.map((power) => power / total);
        const dShares = shares.map((_, j) => channels.reduce((sum, c) => sum + dy[out(i) + c] * x[at(j, 2) + c], 0));
        const mean = shares.reduce((sum, share, j) => sum + share * dShares[j], 0);
        for (let j = 0; j < tokens; j++) {
          const dScore = scale * shares[j] * (dShares[j] - mean);
          for (const c of channels) {
            y[out(i) + c] += shares[j] * x[at(j, 2) + c];
            dx[at(j, 2) + c] += shares[j] * dy[out(i) + c];
            dx[at(i, 0) + c] += dScore * x[at(j, 1) + c];
            dx[at(j, 1) + c] += dScore * x[at(i, 0) + c];
          }
        }
      }
    }
  }
  return [y, dx];
}

function expectDefinition(cases: number): void {
  for (let seed = 1; seed <= cases; seed++) {
    const problem = drawProblem(new Random(seed));
    const { batch, tokens, heads, depth } = problem;
    const expected = definition(problem);
    const x = tf.tensor3d(problem.x, [batch, tokens, 3 * heads * depth]);
    const dy = tf.tensor3d(problem.dy, [batch, tokens, heads * depth]);
    const before = tf.memory().numTensors;
    const gradient = tf.grad((each: tf.Tensor) => attendTokens(each as tf.Tensor3D, heads));
    const results = [attendTokens(x, heads), gradient(x, dy)];
    expect(tf.memory().numTensors, 'tensors beside the two results').toBe(before + 2);
    results.forEach((got, i) => {
      tf.tidy(() => {
        const wanted = tf.tensor(Float32Array.from(expected[i]), got.shape);
        const name = `${['y', 'dx'][i]} [${x.shape}], ${heads} heads`;
        // Scores of some hundreds are rounded by 1e-5, and shares by that part of them.
        expect(difference(got, wanted) / (1 + tf.max(tf.abs(wanted)).dataSync()[0]), name).toBeLessThan(5e-5);
      });
    });
    tf.dispose([x, dy, ...results]);
  }
}

describe('attention keeps to its definition', () => {
  it('in C++', () => {
    expect(findFused()).toBe(true);
    expectDefinition(25);
  });

  it('in TensorFlow.js', () => {
    withoutFused(() => {
      expectDefinition(12);
    });
  });

  it.each(['wasm', 'cpu'] as const)('on the backend %s', async (backend) => {
    await on(backend, () => expectDefinition(6));
  });

  it('without images', () => {
    tf.tidy(() => {
      expect(attendTokens(tf.zeros([0, 5, 12]), 2).shape).toEqual([0, 5, 4]);
    });
  });

  it('compiled', () => {
    tf.tidy(() => {
      const x = normal(key(1), [2, 33, 36]) as tf.Tensor3D;
      const step = (each: tf.Tensor3D) => tf.grad((t: tf.Tensor) => attendTokens(t as tf.Tensor3D, 3).square())(each);
      const compiled = compile(step);
      const expected = step(x);
      for (let i = 0; i < 3; i++) expect(difference(compiled(x), expected)).toBe(0);
      compiled.dispose();
    });
  });
});
