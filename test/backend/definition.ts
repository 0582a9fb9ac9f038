import { expect, it } from 'vitest';
import { compile, Random, tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { refuseWarnings } from '../support.js';
import { on, withoutFused } from './backends.js';

/** An operation with its inputs, and what is due: its result, and then the gradient of each input. */
export interface Problem {
  name: string;
  operation: (...inputs: tf.Tensor[]) => tf.Tensor;
  inputs: { shape: number[]; values: Float32Array }[];
  dy: Float32Array;
  /** Of the result, if not that of the first input. */
  shape?: number[];
  expected: Float64Array[];
  /** How far they may be off, against the largest number of each and at least 1. */
  due: number;
}

export const one = (random: Random, list: number[]) => list[random.int(list.length)];
export const product = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
export const zeros = (shape: number[]) => new Float64Array(product(shape));

/** Numbers of this mean and deviation. */
export function drawn(random: Random, shape: number[], mean = 0, deviation = 1) {
  const number = () => mean + deviation * (random.uniform() + random.uniform() - 1) * 2.45;
  return { shape, values: Float32Array.from({ length: product(shape) }, number) };
}

/** The result and the gradients, and again of the operation compiled, at its third call. */
function computed({ operation, inputs, dy, shape }: Problem, compiled: boolean): Float32Array[] {
  const given = inputs.map((input) => tf.tensor(input.values, input.shape));
  const direction = tf.tensor(dy, shape ?? given[0].shape);
  const plain = (d: tf.Tensor, ...each: tf.Tensor[]) => [operation(...each), ...tf.grads(operation)(each, d)];
  const call = compiled ? compile(plain) : undefined;
  for (let i = 0; call && i < 2; i++) tf.dispose(call(direction, ...given));
  const results = (call ?? plain)(direction, ...given);
  const read = results.map((tensor) => tensor.dataSync<'float32'>().slice());
  tf.dispose([...given, direction, ...results]); // by hand, so that what an operation leaves behind is seen
  call?.dispose();
  return read;
}

/** The largest difference, against the largest number, and at least 1. */
export function error(got: Float32Array, expected: Float64Array): number {
  expect(got.length).toBe(expected.length);
  let [difference, largest] = [0, 1];
  expected.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - got[i])); // NaN, once it is there, stays
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

function expectDefinition(draw: (random: Random) => Problem, cases: number, compiled = false): void {
  for (let seed = 1; seed <= cases; seed++) {
    const problem = draw(new Random(seed));
    const before = tf.memory().numTensors;
    const results = computed(problem, compiled);
    expect(tf.memory().numTensors, `tensors that ${problem.name} leaves behind`).toBe(before);
    results.forEach((got, i) => {
      const part = i === 0 ? 'result' : `gradient ${i}`;
      expect(error(got, problem.expected[i]), `${problem.name}, ${part}`).toBeLessThan(problem.due);
    });
  }
}

/** Tests that problems as `draw` makes them are solved on all backends, compiled and not, and that nothing leaks. */
export function definitionHolds(draw: (random: Random) => Problem): void {
  refuseWarnings();

  it('in C++', () => {
    expect(findFused()).toBe(true);
    expectDefinition(draw, 60);
  });

  it('in TensorFlow.js', () => {
    withoutFused(() => {
      expectDefinition(draw, 30);
    });
  });

  it.each(['wasm', 'cpu'] as const)('on the backend %s', async (backend) => {
    await on(backend, () => {
      expectDefinition(draw, 15);
    });
  });

  it('compiled', () => {
    expectDefinition(draw, 6, true);
    withoutFused(() => {
      expectDefinition(draw, 3, true);
    });
  });
}
