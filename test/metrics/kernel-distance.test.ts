import { beforeAll, describe, expect, it } from 'vitest';
import { kernelDistance, ready } from 'naive-diffusion';
import fixture from './fixtures/features.json';
import { gaussian, leaks, points, tensor } from './synthetic.js';

beforeAll(() => ready());

describe('kernelDistance', () => {
  it.each(fixture.cases)("agrees with scikit-learn's kernel to 1e-4: $a against $b", async ({ a, b, kernel }) => {
    const features = fixture.features as Record<string, number[][]>;
    const { distance, size } = await kernelDistance(points(features[a]), points(features[b]), { subsets: 1 });
    expect(size).toBe(150);
    // Where there is no difference the estimate is near zero: 1e-4 of the smallest distance that the sets show.
    expect(Math.abs(distance - kernel)).toBeLessThan(1e-4 * Math.max(Math.abs(kernel), 0.1));
  });

  it('is unbiased: zero on average for two samples of one distribution, whatever their number', async () => {
    const estimates: number[] = [];
    for (let i = 0; i < 100; i++)
      estimates.push(
        (await kernelDistance(gaussian(2 * i, 50, 3), gaussian(2 * i + 1, 50, 3), { subsets: 1 })).distance,
      );
    const mean = estimates.reduce((a, b) => a + b) / 100;
    const error = Math.sqrt(estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 99 / 100);
    expect(Math.abs(mean)).toBeLessThan(3 * error);
    expect(estimates.some((x) => x < 0)).toBe(true);
  });

  it('averages over random subsets, the same ones for the same seed', async () => {
    const [a, b] = [gaussian(1, 200, 3), gaussian(2, 300, 3, (x) => x + 1)];
    const once = await kernelDistance(a, b, { subsets: 20, size: 60, seed: 1 });
    const whole = await kernelDistance(a, b, { subsets: 20 });
    expect(once.deviation).toBeGreaterThan(whole.deviation);
    expect(Math.abs(once.distance - whole.distance)).toBeLessThan(once.deviation);
    expect(await kernelDistance(a, b, { subsets: 20, size: 60, seed: 1 })).toEqual(once);
    expect((await kernelDistance(a, b, { subsets: 20, size: 60, seed: 2 })).distance).not.toBe(once.distance);
  });

  it('refuses too few points and leaves no tensor behind', async () => {
    expect(() => kernelDistance(gaussian(1, 49, 3), gaussian(1, 50, 3))).toThrow(
      'kernelDistance: a must hold at least 50 points, got 49: with fewer, chance outweighs the difference',
    );
    expect(() => kernelDistance(gaussian(1, 60, 3), gaussian(1, 50, 3), { size: 51 })).toThrow(
      'kernelDistance: size must be a whole number from 2 to the 50 points of the smaller set, got 51',
    );
    const a = tensor(gaussian(3, 50, 3));
    expect(await leaks(() => kernelDistance(a, a, { subsets: 2 }))).toBe(0);
    a.dispose();
  });
});
