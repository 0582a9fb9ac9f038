import { describe, expect, it } from 'vitest';
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
