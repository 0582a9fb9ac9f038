import { beforeAll, describe, expect, it } from 'vitest';
import { fourierEmbedding, positionEmbedding, ready, sinusoidalEmbedding, tf } from 'naive-diffusion';
import fixture from '../fixtures/diffusion/networks.json';
import { tensorOf } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

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

describe('fourierEmbedding', () => {
  it('is sines and cosines of the same random frequencies, of the standard deviation that is asked for', () => {
    tf.tidy(() => {
      const width = 2000;
      const t = 1e-4; // so small that a sine is its angle
      const row = fourierEmbedding(tf.tensor1d([t]), width, { scale: 5, seed: 3 }).dataSync();
      const frequencies = Array.from(row.subarray(0, width / 2), (sine) => Math.asin(sine) / (2 * Math.PI * t));
      const spread = Math.sqrt(frequencies.reduce((sum, f) => sum + f * f, 0) / frequencies.length);
      expect(Math.abs(spread / 5 - 1)).toBeLessThan(0.1); // 1,000 draws: 0.022 is one standard error
      const later = fourierEmbedding(tf.tensor1d([0.01]), width, { scale: 5, seed: 3 }).dataSync();
      for (const [i, f] of frequencies.entries()) {
        expect(Math.abs(later[i] - Math.sin(2 * Math.PI * f * 0.01))).toBeLessThan(1e-3);
        expect(Math.abs(later[i + width / 2] - Math.cos(2 * Math.PI * f * 0.01))).toBeLessThan(1e-3);
      }
    });
  });

  it('differs from seed to seed, refuses what makes no waves, and leaks nothing', async () => {
    const t = tf.tensor1d([0.3]);
    await expectNoLeak(() => {
      tf.tidy(() => {
        const [a, b] = [1, 2].map((seed) => fourierEmbedding(t, 8, { seed }));
        expect(difference(a, b)).toBeGreaterThan(0.1);
        expect(difference(a, fourierEmbedding(t, 8))).toBe(0);
      });
      expect(() => fourierEmbedding(t, 5)).toThrow(
        'fourierEmbedding: width must be an even whole number above 0, got 5',
      );
      expect(() => fourierEmbedding(t, 4, { scale: 0 })).toThrow('fourierEmbedding: scale must be above 0, got 0');
      expect(() => fourierEmbedding(t, 4, { seed: -1 })).toThrow('seed must be a whole number');
    });
  });
});

describe('positionEmbedding', () => {
  it("is diffusers', in which the first half tells the column", () => {
    const { width, rows, columns, values } = fixture.embeddings.positions;
    tf.tidy(() => {
      const made = tf.squeeze(positionEmbedding({ rows, columns, width }), [0]);
      expect(difference(made, tensorOf(values))).toBeLessThan(1e-6);
    });
  });

  it('refuses what is no grid, and leaks nothing', async () => {
    await expectNoLeak(() => {
      positionEmbedding({ rows: 2, columns: 3, width: 8 }).dispose();
      expect(() => positionEmbedding({ rows: 2, columns: 3, width: 6 })).toThrow(
        'positionEmbedding: width must be a multiple of 4, got 6',
      );
      expect(() => positionEmbedding({ rows: 0, columns: 3, width: 8 })).toThrow('rows must be a whole number');
    });
  });
});
