import { beforeAll, describe, expect, it } from 'vitest';
import { ready, sinusoidalEmbedding, tf } from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const embed = (t: number[], width: number): number[][] =>
  tf.tidy(() => sinusoidalEmbedding(tf.tensor1d(t), width).arraySync());

describe('sinusoidalEmbedding', () => {
  it('is the closed form: sines, then cosines, of 1000·t over powers of 10000', () => {
    const width = 10;
    const t = [0, 0.25, 0.5, 0.8125, 1]; // exact in float32
    const rows = embed(t, width);
    expect(rows.length).toBe(t.length);
    for (const [n, row] of rows.entries()) {
      expect(row.length).toBe(width);
      for (let i = 0; i < width / 2; i++) {
        // Angles of up to 1000 keep 6e-5 in float32, and the frequency has been rounded too.
        const angle = (1000 * t[n]) / Math.pow(10000, (2 * i) / width);
        expect(Math.abs(row[i] - Math.sin(angle))).toBeLessThan(2e-4);
        expect(Math.abs(row[i + width / 2] - Math.cos(angle))).toBeLessThan(2e-4);
      }
    }
  });

  it('sets levels apart by their difference alone, and one of 1,024 steps clearly', () => {
    const apart = (a: number, b: number) => Math.hypot(...embed([a], 64)[0].map((x, i) => x - embed([b], 64)[0][i]));
    const step = 1 / 1024;
    expect(apart(0, step)).toBeGreaterThan(1);
    for (const t of [0.25, 0.5, 1 - step]) expect(apart(t, t + step)).toBeCloseTo(apart(0, step), 3);
  });

  it('is (0 …, 1 …) at t = 0', () => {
    expect(embed([0], 6)).toEqual([[0, 0, 0, 1, 1, 1]]);
  });

  it('refuses odd widths and levels that are no list', () => {
    expect(() => embed([0.5], 5)).toThrow('sinusoidalEmbedding: width must be an even whole number above 0, got 5');
    expect(() => embed([0.5], 0)).toThrow('got 0');
    expect(() => tf.tidy(() => sinusoidalEmbedding(tf.zeros([2, 1]) as never, 4))).toThrow(
      't must have shape [batch], got [2,1]',
    );
  });

  it('leaks no tensors', async () => {
    const t = tf.tensor1d([0.1, 0.9]);
    await expectNoLeak(() => {
      sinusoidalEmbedding(t, 8).dispose();
    });
  });
});
