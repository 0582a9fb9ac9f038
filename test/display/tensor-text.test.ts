import { inspect } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { ready, tf } from 'naive-diffusion';

beforeAll(() => ready());

it.each([
  [() => tf.scalar(3), 'Tensor [] float32: 3'],
  [
    () =>
      tf.tensor([
        [1, 2],
        [3, 4.00001],
      ]),
    'Tensor [2, 2] float32: 1, 2, 3, 4',
  ],
  [() => tf.range(0, 9, 1, 'int32'), 'Tensor [9] int32: 0, 1, 2, 3, 4, 5, …'],
  [() => tf.tensor1d([true, false], 'bool'), 'Tensor [2] bool: 1, 0'],
  [() => tf.tensor1d(['a', 'b']), 'Tensor [2] string: a, b'],
  [() => tf.complex([1, 2], [3, 4]), 'Tensor [2] complex64: 1, 3, 2, 4'],
  [() => tf.complex(tf.range(0, 7), tf.zeros([7])), 'Tensor [7] complex64: 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, …'],
  [() => tf.tensor1d([NaN, Infinity, -0.123456]), 'Tensor [3] float32: NaN, Infinity, -0.1235'],
  [() => tf.zeros([0, 2]), 'Tensor [0, 2] float32, empty'],
])('a tensor prints as its shape, type and first values, wherever it stands: %#', (make, text) => {
  const tensor = tf.tidy(make);
  const before = tf.memory().numTensors;
  expect(inspect(tensor)).toBe(text);
  expect(inspect({ inside: [tensor] })).toContain(text);
  expect(tf.memory().numTensors).toBe(before);
  tensor.dispose();
});

it('a variable says so, and a disposed tensor too', () => {
  const variable = tf.variable(tf.zeros([2]));
  expect(inspect(variable)).toBe('Variable [2] float32: 0, 0');
  variable.dispose();
  expect(inspect(variable)).toBe('Variable [2] float32, disposed');
});
