import { describe, expect, it } from 'vitest';
import { byteLogProbability } from 'naive-diffusion';
import bits from '../fixtures/diffusion/bits.json';

const { decoder } = bits;
/** From [−1, 1] to bytes. */
const inBytes = (x: number): number => (x + 1) * 127.5;

describe('byteLogProbability', () => {
  it("agrees with scipy's log of the normal distribution, far out in the tails too", () => {
    const mean = decoder.mean.values.map(inBytes);
    const deviation = decoder.logVariance.values.map((log) => Math.exp(log / 2) * 127.5);
    const found = byteLogProbability(Uint8Array.from(decoder.bytes.values), { mean, deviation });
    decoder.logLikelihood.values.forEach((wanted, i) => {
      // The fixture has ten digits; a difference of nearly equal tails loses some of the sixteen here.
      expect(Math.abs(found[i] - wanted)).toBeLessThan(1e-8 * Math.max(1, Math.abs(wanted)));
    });
  });

  it('shares out one among the bytes, wherever the mean lies', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const [mean, deviation] of [
      [130.2, 1.5],
      [0.1, 30],
      [-40, 5],
      [300, 0.3],
      [128, 1e4],
    ]) {
      const logs = byteLogProbability(all, { mean: all.length ? Array(256).fill(mean) : [], deviation });
      const sum = logs.reduce((total, log) => total + Math.exp(log), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('refuses what is no distribution', () => {
    const one = Uint8Array.of(3);
    expect(() => byteLogProbability(one, { mean: [], deviation: 1 })).toThrow('mean must hold 1 numbers, got 0');
    expect(() => byteLogProbability(one, { mean: [NaN], deviation: 1 })).toThrow('mean must hold finite numbers');
    expect(() => byteLogProbability(one, { mean: [1], deviation: 0 })).toThrow('deviation must be above 0, got 0');
    expect(() => byteLogProbability(one, { mean: [1], deviation: [1, 2] })).toThrow('must hold 1 numbers, got 2');
  });
});
