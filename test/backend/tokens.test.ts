import { beforeAll, describe, expect, it } from 'vitest';
import { compile, Random, ready, tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { gatedSum } from '../../lib/src/backend/gated-sum.js';
import { scaledGelu } from '../../lib/src/backend/gelu.js';
import { normalizeLast } from '../../lib/src/backend/layer-norm.js';
import { nativeOps } from '../../lib/src/backend/native-op.js';
import { expectNoLeak } from '../support.js';
import { on, withoutFused } from './backends.js';

beforeAll(() => ready());

/** An operation with its inputs, and what is due: its result, and then the gradient of each input. */
interface Problem {
  name: string;
  operation: (...inputs: tf.Tensor[]) => tf.Tensor;
  inputs: { shape: number[]; values: Float32Array }[];
  dy: Float32Array;
  expected: Float64Array[];
  /** How far they may be off, against the largest number of each and at least 1. */
  due: number;
}

const one = (random: Random, list: number[]) => list[random.int(list.length)];
const product = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const zeros = (shape: number[]) => new Float64Array(product(shape));

/** Numbers of this mean and deviation. */
function drawn(random: Random, shape: number[], mean = 0, deviation = 1) {
  const number = () => mean + deviation * (random.uniform() + random.uniform() - 1) * 2.45;
  return { shape, values: Float32Array.from({ length: product(shape) }, number) };
}

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

/** The result and the gradients, and again of the operation compiled, at its third call. */
function computed({ operation, inputs, dy }: Problem, compiled: boolean): Float32Array[] {
  const [x, ...others] = inputs.map(({ shape, values }) => tf.tensor(values, shape));
  const gradients = (d: tf.Tensor, ...each: tf.Tensor[]) => [operation(...each), ...tf.grads(operation)(each, d)];
  const given = [tf.tensor(dy, x.shape), x, ...others];
  const read = (results: tf.Tensor[]) => results.map((tensor) => tensor.dataSync<'float32'>().slice());
  if (!compiled) return read(gradients(...(given as [tf.Tensor, ...tf.Tensor[]])));
  const call = compile(gradients);
  for (let i = 0; i < 2; i++) call(...(given as [tf.Tensor, ...tf.Tensor[]]));
  const results = read(call(...(given as [tf.Tensor, ...tf.Tensor[]])));
  call.dispose();
  return results;
}

/** The largest difference, against the largest number, and at least 1. */
function error(got: Float32Array, expected: Float64Array): number {
  expect(got.length).toBe(expected.length);
  let [difference, largest] = [0, 1];
  expected.forEach((value, i) => {
    const apart = Math.abs(value - got[i]);
    difference = apart <= difference ? difference : apart; // a difference that is no number stays
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

function expectDefinition(draw: (random: Random) => Problem, cases: number, compiled = false): void {
  for (let seed = 1; seed <= cases; seed++) {
    tf.tidy(() => {
      const problem = draw(new Random(seed));
      computed(problem, compiled).forEach((got, i) => {
        const part = i === 0 ? 'result' : `gradient ${i}`;
        expect(error(got, problem.expected[i]), `${problem.name}, ${part}`).toBeLessThan(problem.due);
      });
    });
  }
}

const operations = [
  ['layer normalisation', drawNorm],
  ['GELU after a bias', drawGelu],
  ['a sum with a gate', drawSum],
] as const;

describe.each(operations)('%s keeps to its definition, and so does its gradient', (_, draw) => {
  it('in C++', async () => {
    expect(findFused()).toBe(true);
    await expectNoLeak(() => {
      expectDefinition(draw, 60);
    });
  });

  it('in TensorFlow.js', async () => {
    await expectNoLeak(() => {
      withoutFused(() => {
        expectDefinition(draw, 30);
      });
    });
  });

  it.each(['wasm', 'cpu'] as const)('on the backend %s', async (backend) => {
    await on(backend, () => {
      expectDefinition(draw, 15);
    });
  });

  it('compiled', async () => {
    await expectNoLeak(() => {
      expectDefinition(draw, 6, true);
    });
    await expectNoLeak(() => {
      withoutFused(() => {
        expectDefinition(draw, 3, true);
      });
    });
  });
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
