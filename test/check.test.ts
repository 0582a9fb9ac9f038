import { describe, expect, it } from 'vitest';
import { checkFinite, checkWhole } from '../lib/src/check.ts';

describe('checkFinite', () => {
  it('passes finite numbers, and Infinity where that has a meaning', () => {
    checkFinite('f', [0, -0, 1e308, -5e-324], 'values');
    checkFinite('f', Float32Array.of(Infinity, -Infinity), 'values', { infinite: true });
    checkFinite('f', [], 'values');
  });

  it.each([
    [[0, NaN], {}, 'f: x must hold finite numbers, got NaN at position 1'],
    [[Infinity], {}, 'f: x must hold finite numbers, got Infinity at position 0'],
    [Float64Array.of(1, 2, -Infinity), {}, 'f: x must hold finite numbers, got -Infinity at position 2'],
    [
      [1, -1e16],
      { most: 1e15 },
      'f: x must hold numbers within ±1000000000000000, got -10000000000000000 at position 1',
    ],
    [[1, NaN], { infinite: true }, 'f: x must hold no NaN, got NaN at position 1'],
    [[1, 2, 3, 4, NaN], { group: { name: 'image', size: 2 } }, 'f: x must hold finite numbers, got NaN in image 2'],
    [['1'] as never, {}, 'f: x must hold finite numbers, got "1" at position 0'],
    [[undefined] as never, { infinite: true }, 'f: x must hold no NaN, got undefined at position 0'],
  ])('names function, argument and position: %j', (values, options, message) => {
    expect(() => checkFinite('f', values, 'x', options)).toThrow(new RangeError(message));
  });
});

describe('checkWhole', () => {
  it('returns a whole number within the range', () => expect(checkWhole('f', 'n', 7, 0, 7)).toBe(7));

  it.each([0, 8, 1.5, NaN, Infinity, '3', undefined, 2 ** 53])('refuses %s', (value) =>
    expect(() => checkWhole('f', 'n', value as number, 1, 7)).toThrow(
      new RangeError(
        `f: n must be a whole number from 1 to 7, got ${typeof value === 'string' ? JSON.stringify(value) : value}`,
      ),
    ),
  );
});
