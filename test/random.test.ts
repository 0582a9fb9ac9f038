import { beforeAll, describe, expect, it } from 'vitest';
import { Random, ready } from 'naive-diffusion';

beforeAll(() => ready());

describe('Random', () => {
  it('gives the same numbers from the same seed, others from another', () => {
    const draw = (seed: number) => {
      const r = new Random(seed);
      return Array.from({ length: 20 }, () => r.uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('goes on from its state', () => {
    const whole = new Random(3);
    const start = Array.from({ length: 5 }, () => whole.uniform());
    const rest = Array.from({ length: 5 }, () => whole.uniform());
    const first = new Random(3);
    expect(Array.from({ length: 5 }, () => first.uniform())).toEqual(start);
    const second = new Random(first.state);
    expect(Array.from({ length: 5 }, () => second.uniform())).toEqual(rest);
  });

  it('uniform and normal have the moments of their distributions', () => {
    const r = new Random(1);
    const n = 50_000;
    const u = Array.from({ length: n }, () => r.uniform());
    const z = Array.from({ length: n }, () => r.normal());
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / n;
    const power = (x: number[], k: number) => mean(x.map((v) => v ** k));
    // Five standard errors of each estimate.
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(power(u, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
    expect(Math.abs(mean(z))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(power(z, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(power(z, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it('shuffles into a permutation in which every position is equally likely', () => {
    const r = new Random(2);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 5000; i++) {
      const order = r.shuffle(5);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      counts[order.indexOf(0)]++;
    }
    const chi = counts.reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(23.5); // 4 degrees of freedom, p = 0.0001
  });

  it('refuses seeds and bounds that are no whole numbers', () => {
    expect(() => new Random(-1)).toThrow('Random: seed must be a whole number of at least 0, got -1');
    expect(() => new Random(0.5)).toThrow('got 0.5');
    expect(() => new Random(1).int(0)).toThrow('int: n must be a whole number of at least 1, got 0');
  });
});
