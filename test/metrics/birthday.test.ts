import { beforeAll, describe, expect, it } from 'vitest';
import { birthdayEstimate, countRepeats, Random, ready, type Rows } from 'naive-diffusion';
import { gaussian, leaks, rows, tensor } from './synthetic.js';

beforeAll(() => ready());

/** How many pairs coincide among `n` draws from `distinct` things. */
function collisions(random: Random, n: number, distinct: number): number {
  const seen = new Map<number, number>();
  let pairs = 0;
  for (let i = 0; i < n; i++) {
    const image = random.int(distinct);
    const before = seen.get(image) ?? 0;
    pairs += before;
    seen.set(image, before + 1);
  }
  return pairs;
}

describe('birthdayEstimate', () => {
  it.each([
    [50, 100],
    [400, 100],
    [100, 3000],
    [1000, 10000],
    [60, 1e9],
  ])('holds the truth in its 95 percent interval: %i draws of %d images', (n, distinct) => {
    const random = new Random(n);
    let inside = 0;
    for (let i = 0; i < 500; i++) {
      const { low, high } = birthdayEstimate(n, collisions(random, n, distinct));
      if (low <= distinct && distinct <= high) inside++;
    }
    // Nominal 475 of 500; the exact Poisson interval holds more where counts are small. 460 is three deviations below.
    expect(inside).toBeGreaterThanOrEqual(460);
  });

  it('is right on average for 100 images and 500 draws', () => {
    const random = new Random(5);
    const estimates = Array.from({ length: 200 }, () => birthdayEstimate(500, collisions(random, 500, 100)).distinct);
    const mean = estimates.reduce((a, b) => a + b) / 200;
    expect(Math.abs(mean - 100)).toBeLessThan(1); // one estimate has a deviation of 2.8, the mean of 200 one of 0.2
  });

  it('gives a lower bound and no more when nothing coincides', () => {
    // P(no pair) = exp(−4950/N) falls under 2.5 % at N = 4950 / 3.689.
    expect(birthdayEstimate(100, 0)).toEqual({
      distinct: Infinity,
      low: expect.closeTo(4950 / Math.log(40), 6),
      high: Infinity,
    });
  });

  it('finds one image when all samples are equal', () => {
    expect(birthdayEstimate(1000, 499500)).toMatchObject({ distinct: 1, low: 1 });
  });

  it('says what is wrong', () => {
    expect(() => birthdayEstimate(9, 0)).toThrow(
      'birthdayEstimate: samples must be a whole number of at least 10, got 9',
    );
    expect(() => birthdayEstimate(10, 46)).toThrow(
      'birthdayEstimate: pairs must be a whole number from 0 to 45, got 46',
    );
    expect(() => birthdayEstimate(10, 1, { confidence: 95 })).toThrow(
      'birthdayEstimate: confidence must lie between 0 and 1, got 95',
    );
  });
});

describe('countRepeats', () => {
  it('finds a generator with 100 stored pictures out', async () => {
    const random = new Random(1);
    const stored = gaussian(2, 100, 12);
    const samples = rows(
      stored,
      Array.from({ length: 300 }, () => random.int(100)),
    );
    const { pairs, distinct, images } = await countRepeats(samples);
    expect(images).toBe(300);
    expect(distinct).toBeLessThanOrEqual(100);
    const { low, high } = birthdayEstimate(300, pairs);
    expect(low).toBeLessThan(100);
    expect(high).toBeGreaterThan(100);
  });

  it('counts near repeats up to the threshold, and groups them through a third image', async () => {
    const points: Rows = { data: Float32Array.of(0, 0, 0.25, 0.5, 3), shape: [5, 1] };
    expect(await countRepeats(points)).toEqual({ images: 5, pairs: 1, distinct: 4, largest: 2 });
    expect(await countRepeats(points, { threshold: 0.25 })).toEqual({ images: 5, pairs: 4, distinct: 2, largest: 4 });
    expect(await countRepeats(points, { threshold: 10 })).toEqual({ images: 5, pairs: 10, distinct: 1, largest: 5 });
  });

  it('measures the threshold as root mean squared difference, whatever the size', async () => {
    const points: Rows = { data: new Float32Array(32).fill(0.125, 16), shape: [2, 16] };
    expect((await countRepeats(points, { threshold: 0.125 })).pairs).toBe(1);
    expect((await countRepeats(points, { threshold: 0.1249 })).pairs).toBe(0);
  });

  it('refuses one image and a negative threshold, and leaves no tensor behind', async () => {
    const features = tensor(gaussian(3, 20, 4));
    expect(() => countRepeats(gaussian(3, 1, 4))).toThrow(
      'countRepeats: images must hold at least 2 points, got 1: a repeat takes two',
    );
    expect(() => countRepeats(features, { threshold: -1 })).toThrow(
      'countRepeats: threshold must be at least 0, got -1',
    );
    expect(await leaks(() => countRepeats(features, { threshold: 0.5 }))).toBe(0);
    features.dispose();
  });
});
