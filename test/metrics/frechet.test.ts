import { beforeAll, describe, expect, it } from 'vitest';
import { frechetDistance, frechetInterval, ready, realFloor, type Rows } from 'naive-diffusion';
import fixture from './fixtures/features.json';
import { gaussian, leaks, points, rows, tensor } from './synthetic.js';

beforeAll(() => ready());

/** 128 points with mean `centre` and uncorrelated columns whose variance is exactly deviation² · 128/127. */
function design(centre: number[], deviation: number[]): Rows {
  return points(
    Array.from({ length: 128 }, (_, i) => centre.map((m, j) => m + deviation[j] * ((i >> j) & 1 ? 1 : -1))),
  );
}

describe('frechetDistance', () => {
  it.each(fixture.cases)('agrees with numpy and scipy to 1e-6: $a against $b', ({ a, b, frechet }) => {
    const features = fixture.features as Record<string, number[][]>;
    expect(Math.abs(frechetDistance(points(features[a]), points(features[b])) / frechet - 1)).toBeLessThan(1e-6);
  });

  it('has the closed form |m₁ − m₂|² + Σ(σ₁ − σ₂)² where features are independent', () => {
    const a = design([0, 1, 2], [1, 2, 0]);
    const b = design([1, 1, 0], [3, 0.5, 4]);
    expect(frechetDistance(a, b)).toBeCloseTo(5 + (128 / 127) * (4 + 2.25 + 16), 9);
    expect(frechetDistance(b, a)).toBeCloseTo(frechetDistance(a, b), 9);
  });

  it('is zero for equal sets, of deficient rank as well', () => {
    const flat = gaussian(1, 200, 8, (x, column) => (column < 3 ? x : 7));
    expect(frechetDistance(flat, flat)).toBeLessThan(1e-10);
    const constant = gaussian(1, 200, 8, () => 7);
    expect(frechetDistance(constant, constant)).toBe(0);
  });

  it('does not see a rotation of all features', () => {
    const [a, b] = [gaussian(2, 300, 2, (x, j) => (j + 1) * x), gaussian(3, 300, 2)];
    const turn = ({ data, shape }: Rows): Rows => ({
      shape,
      data: data.map((x, i) => (i % 2 ? 0.6 * x - 0.8 * data[i - 1] : 0.6 * x + 0.8 * data[i + 1])),
    });
    // features in float32
    expect(Math.abs(frechetDistance(turn(a), turn(b)) / frechetDistance(a, b) - 1)).toBeLessThan(1e-5);
  });

  it('refuses too few points, and says why', () => {
    const few = gaussian(4, 99, 8);
    expect(() => frechetDistance(few, gaussian(4, 100, 8))).toThrow(
      'frechetDistance: a must hold at least 100 points, got 99: a covariance of 8 features estimated from fewer is mostly chance',
    );
    expect(() => frechetDistance(gaussian(4, 200, 150), gaussian(4, 300, 150))).toThrow(
      'a must hold at least 300 points, got 200',
    );
    expect(frechetDistance(few, few, { minimum: 50 })).toBeLessThan(1e-10);
    expect(() => frechetDistance(few, gaussian(4, 100, 9))).toThrow(
      'frechetDistance: a and b must have points of one size, got 8 and 9',
    );
  });

  it('leaves no tensor behind', async () => {
    const [a, b] = [tensor(gaussian(5, 100, 3)), tensor(gaussian(6, 100, 3))];
    expect(await leaks(() => frechetDistance(a, b))).toBe(0);
    expect(await leaks(() => frechetInterval(a, b, { resamples: 20 }))).toBe(0);
    a.dispose();
    b.dispose();
  });
});

describe('frechetInterval', () => {
  it('holds what other samples of the same number would give, about as often as it says', async () => {
    const pair = (seed: number): [Rows, Rows] => [
      gaussian(2 * seed, 100, 2),
      gaussian(2 * seed + 1, 100, 2, (x) => 1.5 * x + 0.5),
    ];
    const many = Array.from({ length: 200 }, (_, i) => frechetDistance(...pair(1000 + i)));
    const expected = many.reduce((a, b) => a + b) / many.length;
    let inside = 0;
    for (let i = 0; i < 60; i++) {
      const { low, high, distance } = await frechetInterval(...pair(i), { resamples: 60, confidence: 0.9, seed: i });
      expect(low).toBeLessThan(distance);
      expect(high).toBeGreaterThan(distance);
      if (low < expected && expected < high) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(47); // nominal 54; three deviations are 7
  });

  it('is the same for the same seed', async () => {
    const [a, b] = [gaussian(1, 100, 2), gaussian(2, 100, 2)];
    expect(await frechetInterval(a, b, { resamples: 20, seed: 3 })).toEqual(
      await frechetInterval(a, b, { resamples: 20, seed: 3 }),
    );
    expect(() => frechetInterval(a, b, { resamples: 5 })).toThrow(
      'frechetInterval: resamples must be a whole number of at least 20, got 5',
    );
  });
});

describe('realFloor', () => {
  it('is what two samples of one distribution score, and shrinks as they grow', async () => {
    const real = gaussian(7, 2000, 4);
    const floor = await realFloor(real, { size: 200 });
    const other = frechetDistance(
      rows(
        real,
        Array.from({ length: 200 }, (_, i) => i),
      ),
      gaussian(8, 200, 4),
    );
    expect(other).toBeGreaterThan(floor.distance / 3);
    expect(other).toBeLessThan(floor.distance * 3);
    const larger = await realFloor(real);
    expect(larger.size).toBe(1000);
    expect(larger.distance).toBeLessThan(floor.distance / 2);
    expect(() => realFloor(real, { size: 1001 })).toThrow(
      'realFloor: size must be a whole number up to half of the 2000 points, got 1001',
    );
    expect(() => realFloor(real, { size: 50 })).toThrow('realFloor: size must be at least 100, got 50');
  });
});
