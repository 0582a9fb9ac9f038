import { describe, expect, it } from 'vitest';
import { rankTest } from 'naive-diffusion';
import fixture from './fixtures/statistics.json';

describe('rankTest', () => {
  it.each(fixture.rankTest)('agrees with scipy: $name', ({ a, b, method, u, p }) => {
    const test = rankTest(a, b);
    expect(test.method).toBe(method);
    // scipy's U counts the pairs in which `a` is the larger one.
    expect(test.less).toBeCloseTo(1 - u / (a.length * b.length), 12);
    expect(Math.abs(test.p / p - 1)).toBeLessThan(1e-6);
  });

  it('can be as sure as the number of arrangements allows, and no surer', () => {
    expect(rankTest([1, 2, 3], [4, 5, 6])).toEqual({ less: 1, p: expect.closeTo(1 / 20, 12), method: 'exact' });
    expect(rankTest([4, 5, 6], [1, 2, 3])).toMatchObject({ less: 0, p: expect.closeTo(1, 12) });
  });

  it('finds nothing in equal values', () => {
    expect(rankTest([1, 1, 1], [1, 1])).toEqual({ less: 0.5, p: 1, method: 'normal' });
  });

  it('ranks infinite values, and refuses what has no rank', () => {
    expect(rankTest([-Infinity, 1], [2, Infinity])).toEqual(rankTest([0, 1], [2, 3]));
    expect(rankTest([Infinity], [Infinity]).less).toBe(0.5);
    expect(() => rankTest([NaN, 1], [2, 3])).toThrow('rankTest: a must hold no NaN, got NaN at position 0');
  });

  it('refuses an empty sample', () => {
    expect(() => rankTest([], [1])).toThrow('rankTest: a and b must hold values, got 0 and 1');
  });
});
