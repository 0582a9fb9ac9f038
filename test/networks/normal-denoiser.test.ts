import { describe, expect, it } from 'vitest';
import {
  binomial,
  explodingSchedule,
  flowSchedule,
  gaussian,
  key,
  last,
  normal,
  normalDenoiser,
  ready,
  renoise,
  sample,
  tf,
  uniform,
  type Images,
} from 'naive-diffusion';
import solvers from '../fixtures/diffusion/solvers.json';
import { exactDenoiser, tensorOf, type DataSpec } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

await ready();

describe('normalDenoiser', () => {
  it("is the fixtures' denoiser of normal data", () => {
    const spec = (solvers.denoisers as Record<string, DataSpec>).gaussian;
    const guess = exactDenoiser(spec);
    tf.tidy(() => {
      const mean = tf.squeeze<tf.Tensor3D>(tensorOf(spec.mean!), [0]);
      for (const schedule of [explodingSchedule(), flowSchedule()]) {
        const degradation = gaussian({ schedule, range: [-1, 1] });
        const denoise = normalDenoiser({ degradation, mean, deviation: spec.spread! });
        expect(denoise.shape).toEqual(mean.shape);
        const z = normal(key(2), [2, ...mean.shape]) as Images;
        for (const t of [0.1, 0.5, 0.99]) {
          const { alpha, sigma } = degradation.coefficients(tf.tensor1d([t, t]));
          expect(difference(denoise(z, t).x0, guess(z, alpha, sigma))).toBeLessThan(2e-6);
        }
      }
    });
  });

  it('says mean and variance by counting: of many images, those that became z are as it says', () => {
    tf.tidy(() => {
      const degradation = gaussian({ range: [0, 1] });
      const [mean, deviation, n, t, at] = [0.2, 0.5, 400_000, 0.4, 0.62];
      const x0 = tf.add(mean, tf.mul(deviation, normal(key(1), [n, 1, 1, 1]))) as Images;
      const z = degradation.at(degradation.draw(key(2), x0.shape), degradation.fromSigned(x0), t);
      const [images, noisy] = [x0.dataSync(), z.dataSync()];
      const near = [...images.keys()].filter((i) => Math.abs(noisy[i] - at) < 0.005).map((i) => images[i]);
      const centre = near.reduce((a, b) => a + b, 0) / near.length;
      const spread = near.reduce((a, b) => a + (b - centre) ** 2, 0) / near.length;
      const { x0: guess, variance } = normalDenoiser({ degradation, mean, deviation })(tf.fill([1, 1, 1, 1], at), t);
      const wanted = variance!.dataSync()[0];
      expect(near.length).toBeGreaterThan(2000);
      expect(Math.abs(degradation.toSigned(guess).dataSync()[0] - centre)).toBeLessThan(
        5 * Math.sqrt(wanted / near.length),
      );
      expect(Math.abs(spread / wanted - 1)).toBeLessThan(5 * Math.sqrt(2 / near.length));
    });
  });

  it('has a mean and a deviation for each value, and leaves no tensors, compiled in a sampler', async () => {
    const degradation = gaussian({ range: [-1, 1] });
    const [mean, deviation] = [normal(key(3), [2, 3, 1]), uniform(key(4), [2, 3, 1])] as tf.Tensor3D[];
    const some = tf.add<tf.Tensor3D>(deviation, 0.1);
    const denoise = normalDenoiser({ degradation, mean, deviation: some });
    await expectNoLeak(async () => {
      const options = { denoise, degradation, rule: renoise(), levels: [1, 0.5, 0], count: 2 };
      (await last(sample(options))).dispose();
      tf.tidy(() => {
        // Of nothing but noise it guesses the mean.
        const z = tf.zeros([1, 2, 3, 1]) as Images;
        expect(difference(denoise(z, 1).x0, tf.expandDims(mean, 0))).toBeLessThan(1e-6);
      });
    });
    tf.dispose([mean, deviation, some]);
  });

  it('refuses data that are none', () => {
    const degradation = gaussian();
    const call = (options: object) => () => normalDenoiser({ degradation, ...options });
    expect(call({ degradation: binomial() })).toThrow('normalDenoiser: degradation must be Gaussian noise');
    expect(call({ mean: NaN })).toThrow('normalDenoiser: mean must hold finite numbers, got NaN');
    expect(call({ deviation: 0 })).toThrow('normalDenoiser: deviation must hold numbers above 0, got 0');
    expect(call({ deviation: Infinity })).toThrow('normalDenoiser: deviation must hold numbers above 0, got Infinity');
    expect(call({ mean: [1] })).toThrow('normalDenoiser: mean must be a number or [height, width, channels], got [1]');
    expect(call({ mean: tf.zeros([2, 2, 1]), deviation: tf.ones([2, 3, 1]) })).toThrow(
      'normalDenoiser: deviation must have shape [2,2,1], got [2,3,1]',
    );
    expect(call({ spread: 1 })).toThrow('normalDenoiser: spread is not an option');
    expect(() => normalDenoiser({ degradation })(tf.zeros([1, 1, 1, 1]), 1.5)).toThrow('normalDenoiser: t must lie in');
  });
});
