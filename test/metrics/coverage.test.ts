import { beforeAll, describe, expect, it } from 'vitest';
import { prdc, ready } from 'naive-diffusion';
import fixture from './fixtures/features.json';
import { gaussian, leaks, points, rows, tensor } from './synthetic.js';

beforeAll(() => ready());

const upTo = (n: number, at: (i: number) => number = (i) => i) => Array.from({ length: n }, (_, i) => at(i));

describe('prdc', () => {
  it.each(fixture.cases.flatMap(({ a, b, prdc: scores }) => scores.map((score) => ({ a, b, score }))))(
    'agrees exactly with the prdc package: $a against $b, k = $score.k',
    async ({ a, b, score: { k, ...expected } }) => {
      const features = fixture.features as Record<string, number[][]>;
      const found = await prdc(points(features[a]), points(features[b]), { k });
      for (const [name, value] of Object.entries(expected))
        expect(found[name as keyof typeof found]).toBeCloseTo(value, 12);
    },
  );

  it('covers about 1 − 2⁻ᵏ of real data with other real data', async () => {
    const { coverage, precision, density } = await prdc(gaussian(1, 1000, 3), gaussian(2, 1000, 3), { k: 3 });
    expect(Math.abs(coverage - (1 - 2 ** -3))).toBeLessThan(0.05);
    expect(precision).toBeGreaterThan(0.9);
    expect(Math.abs(density - 1)).toBeLessThan(0.1);
  });

  it('sees a collapsed generator: precise, without recall or coverage', async () => {
    const real = gaussian(3, 500, 3);
    const { precision, recall, coverage } = await prdc(
      real,
      rows(
        real,
        upTo(500, (i) => i % 3),
      ),
    );
    expect(precision).toBe(1);
    expect(recall).toBeLessThan(0.05);
    expect(coverage).toBeLessThan(0.1);
  });

  it('sees a generator of something else: neither', async () => {
    expect(
      await prdc(
        gaussian(4, 100, 3),
        gaussian(5, 100, 3, (x) => x + 50),
      ),
    ).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it('refuses too few points and leaves no tensor behind', async () => {
    expect(() => prdc(gaussian(1, 49, 3), gaussian(1, 50, 3))).toThrow(
      'prdc: real must hold at least 50 points, got 49: balls that hold 5 neighbours must be small beside the whole set',
    );
    expect(() => prdc(gaussian(1, 50, 3), gaussian(1, 50, 3), { k: 0 })).toThrow(
      'prdc: k must be a whole number of at least 1, got 0',
    );
    const a = tensor(gaussian(3, 50, 3));
    expect(await leaks(() => prdc(a, a))).toBe(0);
    a.dispose();
  });
});
