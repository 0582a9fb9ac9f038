import { describe, expect, it } from 'vitest';
import {
  binomial,
  explodingSchedule,
  flowSchedule,
  gaussian,
  key,
  normal,
  normalDenoiser,
  ready,
  score,
  tf,
  type Denoiser,
  type Gaussian,
  type Images,
} from 'naive-diffusion';
import fixture from '../fixtures/diffusion/score.json';
import { tensorOf, type FixtureArray } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

await ready();

describe('score', () => {
  const schedule = explodingSchedule({ most: 8 });
  const degradation = gaussian({ schedule, range: [-1, 1] });

  it("is, by Tweedie's formula, the slope of a mixture's density as scikit-learn and PyTorch have it", async () => {
    const { points, cases } = fixture.mixture;
    const count = points.shape[0];
    const asImages = (array: FixtureArray) => tf.reshape<tf.Rank.R4>(tensorOf<tf.Tensor>(array), [count, 1, 2, 1]);
    await expectNoLeak(() =>
      tf.tidy(() => {
        for (const { sigma, score: slope, denoised } of cases) {
          const denoise: Denoiser = Object.assign(() => ({ x0: asImages(denoised) }), { weights: [] });
          const found = score(denoise, degradation)(asImages(points), schedule.level(sigma));
          // α·D − z loses digits, about 1e-7, which σ² divides; and σ is known to 4e-7 by way of t.
          const largest = Math.max(...slope.values.map(Math.abs));
          expect(difference(found, asImages(slope))).toBeLessThan(2e-6 * largest + 4e-7 / sigma ** 2);
        }
      }),
    );
  });

  it('is −(z − α·μ)/(α²·s² + σ²) of normal data, in the range in which noise is added', () => {
    tf.tidy(() => {
      const g: Gaussian = gaussian({ schedule: flowSchedule() });
      const [mean, s, t] = [0.2, 0.5, 0.4];
      const z = normal(key(1), [2, 2, 3, 1]) as Images;
      const found = score(normalDenoiser({ degradation: g, mean, deviation: s }), g)(z, t);
      const wanted = tf.div(tf.sub(0.6 * mean, g.toSigned(z)), (0.6 * s) ** 2 + t ** 2);
      expect(difference(found, wanted)).toBeLessThan(1e-5);
    });
  });

  it('refuses what has none', () => {
    const denoise = normalDenoiser({ degradation });
    const other = gaussian({ schedule: flowSchedule() });
    expect(() => score(denoise, binomial() as never)).toThrow('score: degradation must be Gaussian noise');
    expect(() => score('denoise' as never, degradation)).toThrow('score: denoise must be a denoiser');
    expect(() => score(denoise, other)).toThrow('score: denoise must be made for the degradation');
    const z = tf.zeros([1, 1, 1, 1]) as Images;
    expect(() => score(denoise, degradation)(z, 0)).toThrow('score: t must be above 0, got 0');
    expect(() => score(denoise, degradation)(z, NaN)).toThrow('score: t must lie in [0, 1], got NaN');
    z.dispose();
  });
});
