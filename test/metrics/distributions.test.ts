import { describe, expect, it } from 'vitest';
import { studentInterval } from 'naive-diffusion';
import { normalTail, poissonInterval, wilsonInterval } from '../../lib/src/metrics/distributions.js';
import fixture from './fixtures/statistics.json';

const near = (value: number, expected: number) =>
  expected === 0 ? expect(value).toBe(0) : expect(Math.abs(value / expected - 1)).toBeLessThan(1e-6);

describe('intervals and tails agree with scipy to 1e-6', () => {
  it.each(fixture.poisson)('Poisson: $count seen, confidence $confidence', ({ count, confidence, low, high }) => {
    const interval = poissonInterval(count, confidence);
    near(interval.low, low);
    near(interval.high, high);
  });

  it.each(fixture.wilson)('Wilson: $hits of $n', ({ hits, n, low, high }) => {
    const interval = wilsonInterval(hits, n, 0.95);
    near(interval.low, low);
    near(interval.high, high);
  });

  it.each(fixture.tails)('normal tail beyond $z', ({ z, p }) => near(normalTail(z), p));
});

describe('the interval for the mean of a few values', () => {
  // Quantiles of Student's t as printed tables have them: two-sided, for 1, 2, 4 and 9 degrees of freedom.
  it.each([
    [[1, 3], 0.95, 12.706],
    [[1, 2, 6], 0.95, 4.303],
    [[4, 4.5, 3, 5, 1], 0.95, 2.776],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 3.25],
  ])('of %j, with confidence %f, is as wide as tables say', (values, confidence, quantile) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    const { low, high } = studentInterval(values, confidence);
    expect((low + high) / 2).toBeCloseTo(mean, 10);
    expect((high - low) / 2 / Math.sqrt(variance / values.length)).toBeCloseTo(quantile, 3);
  });

  it('has no width where all are the same', () => {
    expect(studentInterval([2, 2, 2])).toEqual({ low: 2, high: 2 });
  });

  it('says what is wrong with what it gets', () => {
    expect(() => studentInterval([1])).toThrow('studentInterval: values must be at least 2, got 1');
    expect(() => studentInterval([1, NaN])).toThrow('studentInterval: values must hold finite numbers, got NaN');
    expect(() => studentInterval([1, 2], 1)).toThrow('studentInterval: confidence must lie between 0 and 1, got 1');
  });
});
