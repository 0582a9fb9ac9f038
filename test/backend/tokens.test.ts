import { beforeAll, describe, expect, it } from 'vitest';
import { Random, ready, tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { gatedSum } from '../../lib/src/backend/gated-sum.js';
import { scaledGelu } from '../../lib/src/backend/gelu.js';
import { normalizeLast } from '../../lib/src/backend/layer-norm.js';
import { nativeOps } from '../../lib/src/backend/native-op.js';
import { definitionHolds, drawn, one, type Problem, product, zeros } from './definition.js';

beforeAll(() => ready());

/** Tokens `[images, …, channels]`: alone or many, of one channel or of no whole vector of them. */
function drawShape(random: Random): number[] {
  const channels = one(random, [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 48, 96, 130]);
  const between = [[], [1], [2], [5], [1, 3], [4, 5], [67]][random.int(7)];
  return [one(random, [1, 2, 3, 9]), ...between, channels];
}

const EPSILON = 1e-6;

function drawNorm(random: Random): Problem {
  const shape = drawShape(random);
  const [images, channels, tokens] = [shape[0], shape.at(-1)!, product(shape.slice(1, -1))];
  const [far, deviation] = [one(random, [0, 0, 1, 30, 1000]), 10 ** (2 * random.uniform() - 1)];
  const rows = [one(random, [1, images]), channels];
  const inputs = [drawn(random, shape, far * deviation, deviation), drawn(random, rows), drawn(random, rows)];
  const [x, scale, shift] = inputs.map(({ values }) => values);
  const dy = drawn(random, shape).values;
  const [y, dx, dScale, dShift] = [zeros(shape), zeros(shape), zeros(rows), zeros(rows)];
  let steepest = 0;
  for (let token = 0; token < images * tokens; token++) {
    const each = Array.from({ length: channels }, (_, c) => [token * channels + c, rowOf(rows, token / tokens) + c]);
    const mean = each.reduce((sum, [i]) => sum + x[i], 0) / channels;
    const rate = 1 / Math.sqrt(each.reduce((sum, [i]) => sum + (x[i] - mean) ** 2, 0) / channels + EPSILON);
    const hat = (i: number) => (x[i] - mean) * rate;
    const g = (i: number, c: number) => dy[i] * (1 + scale[c]);
    const m1 = each.reduce((sum, [i, c]) => sum + g(i, c), 0) / channels;
    const m2 = each.reduce((sum, [i, c]) => sum + g(i, c) * hat(i), 0) / channels;
    for (const [i, c] of each) {
      y[i] = hat(i) * (1 + scale[c]) + shift[c];
      dx[i] = rate * (g(i, c) - m1 - hat(i) * m2);
      dScale[c] += dy[i] * hat(i);
      dShift[c] += dy[i];
    }
    steepest = Math.max(steepest, rate);
  }
  return {
    name: `layer normalisation [${shape}] for ${rows[0]}, mean/deviation ${far}`,
    operation: (...parts) =>
      normalizeLast(parts[0], EPSILON, { scale: parts[1] as tf.Tensor2D, shift: parts[2] as tf.Tensor2D }),
    inputs,
    dy,
    expected: [y, dx, dScale, dShift],
    // A mean cannot be told better than a number of its size is rounded, which is then divided by the deviation. A
    // gradient is a difference of terms as large as 1/deviation, of which for one channel nothing is left.
    due: 2e-6 + steepest * (3e-7 * far * deviation + (channels < 4 ? 1e-6 : 0)),
  };
}

function drawGelu(random: Random): Problem {
  const channels = one(random, [1, 2, 3, 7, 8, 16, 17, 33, 130]);
  const shape = [one(random, [1, 2, 3, 64, 129, 300]), channels];
  const spread = one(random, [0.01, 1, 1, 3, 20, 1e4, 1e30]);
  const inputs = [drawn(random, shape, 0, spread), drawn(random, [channels], 0, Math.min(spread, 1))];
  const [x, bias] = inputs.map(({ values }) => values);
  const dy = drawn(random, shape).values;
  const [y, dx, dBias] = [zeros(shape), zeros(shape), zeros([channels])];
  x.forEach((value, i) => {
    const u = value + bias[i % channels];
    y[i] = u * (1 + errorFunction(u));
    dx[i] = dy[i] * (1 + errorFunction(u) + (u * Math.exp(-u * u) * 2) / Math.sqrt(Math.PI));
    dBias[i % channels] += dx[i];
  });
  return {
    name: `GELU [${shape}] of ${spread}`,
    operation: (...parts) => scaledGelu(parts[0] as tf.Tensor2D, parts[1] as tf.Tensor1D),
    inputs,
    dy,
    expected: [y, dx, dBias],
    due: 2e-6,
  };
}

/** By its series at 0, where all terms are positive, and far from 0 by its continued fraction. */
function errorFunction(u: number): number {
  const size = Math.abs(u);
  if (size > 6) return Math.sign(u);
  const bell = Math.exp(-u * u) / Math.sqrt(Math.PI);
  if (size > 3) {
    let fraction = size;
    for (let n = 80; n >= 1; n--) fraction = size + n / 2 / fraction;
    return Math.sign(u) * (1 - bell / fraction);
  }
  let [term, sum] = [2 * u, 0];
  for (let n = 1; n < 100; n++) {
    sum += term;
    term *= (2 * u * u) / (2 * n + 1);
  }
  return bell * sum;
}

function drawSum(random: Random): Problem {
  const shape = drawShape(random);
  const [images, channels, tokens] = [shape[0], shape.at(-1)!, product(shape.slice(1, -1))];
  const gates = [one(random, [1, images]), channels];
  const size = one(random, [1, 1, 1000]);
  const inputs = [drawn(random, shape), drawn(random, gates), drawn(random, shape, 0, size)];
  const [x, gate, v] = inputs.map(({ values }) => values);
  const dy = drawn(random, shape).values;
  const [y, dGate, dv] = [zeros(shape), zeros(gates), zeros(shape)];
  x.forEach((value, i) => {
    const c = rowOf(gates, i / (tokens * channels)) + (i % channels);
    y[i] = value + gate[c] * v[i];
    dGate[c] += dy[i] * v[i];
    dv[i] = gate[c] * dy[i];
  });
  return {
    name: `a sum with a gate [${shape}] for ${gates[0]}`,
    operation: (...parts) => gatedSum(parts[0], parts[1] as tf.Tensor2D, parts[2]),
    inputs,
    dy,
    expected: [y, Float64Array.from(dy), dGate, dv],
    due: 2e-6,
  };
}

/** Where the row of an image begins, in rows that all may share. */
function rowOf([rows, channels]: number[], image: number): number {
  return rows === 1 ? 0 : Math.floor(image) * channels;
}

const operations = [
  ['layer normalisation', drawNorm],
  ['GELU after a bias', drawGelu],
  ['a sum with a gate', drawSum],
] as const;

describe.each(operations)('%s keeps to its definition, and so does its gradient', (_, draw) => {
  definitionHolds(draw);
});

it('GELU passes on what is no number, and large numbers as they are', () => {
  const of = (...numbers: number[]) =>
    tf.tidy(() => {
      const x = tf.tensor2d(numbers, [1, numbers.length]);
      const bias = tf.zeros<tf.Rank.R1>([numbers.length]);
      const slope = tf.grad((each: tf.Tensor) => scaledGelu(each as tf.Tensor2D, bias))(x);
      return [scaledGelu(x, bias), slope].map((tensor) => [...tensor.dataSync()]);
    });
  const [values, slopes] = of(NaN, 1e38, -3e38, 0);
  expect(values).toEqual([NaN, Math.fround(Math.fround(1e38) * 2), -0, 0]);
  expect(slopes).toEqual([NaN, 2, 0, 1]);
});

describe('tokens that do not fit together are refused, in words, before anything is read', () => {
  const epsilon = () => tf.scalar(1e-6);
  const filled = (...shape: number[]) => tf.ones(shape);
  it.each([
    ['NaiveDiffusionLayerNorm', () => [filled(4), filled(1, 4), filled(1, 4), epsilon()], 3, /two axes/],
    ['NaiveDiffusionLayerNorm', () => [filled(2, 4), filled(1, 3), filled(1, 4), epsilon()], 3, /\[1 or images/],
    ['NaiveDiffusionLayerNorm', () => [filled(3, 4), filled(3, 4), filled(2, 4), epsilon()], 3, /\[1 or images/],
    ['NaiveDiffusionLayerNorm', () => [filled(3, 4), filled(4), filled(1, 4), epsilon()], 3, /\[1 or images/],
    ['NaiveDiffusionLayerNorm', () => [filled(2, 0), filled(1, 0), filled(1, 0), epsilon()], 3, /one channel/],
    ['NaiveDiffusionLayerNorm', () => [filled(2, 4), filled(1, 4), filled(1, 4), filled(2)], 3, /epsilon/],
    ['NaiveDiffusionLayerNormGrad', () => [filled(2, 3), filled(2, 4), filled(1, 4), filled(2), filled(2)], 3, /dy/],
    ['NaiveDiffusionLayerNormGrad', () => [filled(2, 4), filled(2, 4), filled(1, 4), filled(1), filled(2)], 3, /token/],
    ['NaiveDiffusionGelu', () => [filled(2, 4), filled(3)], 1, /bias/],
    ['NaiveDiffusionGelu', () => [filled(2, 4), filled(1, 4)], 1, /bias/],
    ['NaiveDiffusionGeluGrad', () => [filled(1, 4), filled(2, 4), filled(4)], 2, /dy/],
    ['NaiveDiffusionGatedSum', () => [filled(2, 4), filled(3, 4), filled(2, 4)], 1, /gate/],
    ['NaiveDiffusionGatedSum', () => [filled(2, 4), filled(2, 4), filled(1, 4)], 1, /shape of x/],
    ['NaiveDiffusionGatedSumGrad', () => [filled(2, 4), filled(2, 4), filled(2, 5)], 2, /shape of dy/],
  ])('%s, case %#', (name, inputs, outputs, reason) => {
    expect(findFused()).toBe(true);
    tf.tidy(() => {
      expect(() => nativeOps(name, inputs(), {}, outputs).map((tensor) => tensor.dataSync())).toThrow(reason);
    });
  });
});
