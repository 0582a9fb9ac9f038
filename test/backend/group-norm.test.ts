import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm, Random, ready, tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { on, withoutFused } from './backends.js';

beforeAll(() => ready());

interface Problem {
  shape: [number, number, number, number];
  groups: number;
  silu: boolean;
  mean: number;
  deviation: number;
  x: Float32Array;
  dy: Float32Array;
  scale: Float32Array;
  offset: Float32Array;
}

/** Images far from 0, each number of them in single precision. */
function drawProblem(random: Random): Problem {
  const shape: Problem['shape'] = [1 + random.int(3), 5 + random.int(30), 5 + random.int(30), 4 * (1 + random.int(3))];
  const size = shape.reduce((a, b) => a * b);
  const deviation = 10 ** (2 * random.uniform() - 1);
  const mean = deviation * 10 ** (5 * random.uniform()) * (random.int(2) === 0 ? 1 : -1);
  const about = (middle: number, spread: number, n: number) =>
    Float32Array.from({ length: n }, () => middle + spread * (random.uniform() + random.uniform() - 1) * 2.45);
  return {
    shape,
    groups: [1, 2, 4][random.int(3)],
    silu: random.int(2) === 0,
    mean,
    deviation,
    x: about(mean, deviation, size),
    dy: about(0, 1, size),
    scale: about(1, 0.3, shape[3]),
    offset: about(0, 0.3, shape[3]),
  };
}

/** The definition and its gradients in double precision: y, dx, dscale, doffset. */
function definition({ shape, groups, silu, x, dy, scale, offset }: Problem): Float64Array[] {
  const [batch, height, width, channels] = shape;
  const size = channels / groups;
  const n = height * width * size;
  const [y, dx, before] = [0, 0, 0].map(() => new Float64Array(x.length));
  const [dscale, doffset] = [0, 0].map(() => new Float64Array(channels));
  for (let image = 0; image < batch; image++) {
    for (let group = 0; group < groups; group++) {
      const places: number[] = [];
      for (let pixel = 0; pixel < height * width; pixel++)
        for (let i = 0; i < size; i++) places.push((image * height * width + pixel) * channels + group * size + i);
      const mean = places.reduce((sum, i) => sum + x[i], 0) / n;
      const variance = places.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0) / n;
      const r = 1 / Math.sqrt(variance + 1e-5);
      let [m1, m2] = [0, 0];
      for (const i of places) {
        const c = i % channels;
        const hat = (x[i] - mean) * r;
        const t = hat * scale[c] + offset[c];
        const s = 1 / (1 + Math.exp(-t));
        y[i] = silu ? t * s : t;
        before[i] = silu ? dy[i] * s * (1 + t * (1 - s)) : dy[i];
        dscale[c] += before[i] * hat;
        doffset[c] += before[i];
        m1 += (scale[c] * before[i]) / n;
        m2 += (scale[c] * before[i] * hat) / n;
      }
      for (const i of places) dx[i] = r * (scale[i % channels] * before[i] - m1 - (x[i] - mean) * r * m2);
    }
  }
  return [y, dx, dscale, doffset];
}

function computed({ shape, groups, silu, ...arrays }: Problem): Float32Array[] {
  const x = tf.tensor4d(arrays.x, shape);
  const [scale, offset] = [tf.tensor1d(arrays.scale), tf.tensor1d(arrays.offset)];
  const norm = (...inputs: tf.Tensor[]) =>
    groupNorm(inputs[0] as tf.Tensor4D, inputs[1], inputs[2], { groups, activation: silu ? 'silu' : 'linear' });
  const gradients = tf.grads(norm)([x, scale, offset], tf.tensor4d(arrays.dy, shape));
  return [norm(x, scale, offset), ...gradients].map((tensor) => tensor.dataSync<'float32'>().slice());
}

/** The largest difference, against the largest number. */
function error(got: Float32Array, expected: Float64Array): number {
  let [difference, largest] = [0, 0];
  expected.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - got[i]));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

function expectDefinition(cases: number): void {
  for (let seed = 1; seed <= cases; seed++) {
    const problem = drawProblem(new Random(seed));
    // A number as far from 0 as the mean is rounded by 6e-8 of that, and a mean cannot be told better: an error in
    // proportion to mean/deviation is due. Sums of squares, which cancel, would have one in proportion to its square.
    const due = 1e-5 + 1e-6 * Math.abs(problem.mean / problem.deviation);
    const expected = definition(problem);
    computed(problem).forEach((got, i) => {
      const name = ['y', 'dx', 'dscale', 'doffset'][i];
      const ratio = (problem.mean / problem.deviation).toExponential(1);
      expect(error(got, expected[i]), `${name} [${problem.shape}], mean/deviation ${ratio}`).toBeLessThan(due);
    });
  }
}

describe('group normalisation keeps to its definition, however far the images are from 0', () => {
  it('in C++', () => {
    expect(findFused()).toBe(true);
    tf.tidy(() => expectDefinition(40));
  });

  it('in TensorFlow.js', () => {
    withoutFused(() => tf.tidy(() => expectDefinition(40)));
  });

  it.each(['wasm', 'cpu'] as const)('on the backend %s', async (backend) => {
    await on(backend, () => expectDefinition(15));
  });
});
