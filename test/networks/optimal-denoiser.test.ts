import { describe, expect, it, vi } from 'vitest';
import {
  binomial,
  dpmSolver2M,
  explodingSchedule,
  FloatSet,
  flowSchedule,
  gaussian,
  geometricLevels,
  ImageSet,
  key,
  last,
  normal,
  optimalDenoiser,
  patchDenoiser,
  Random,
  ready,
  sample,
  tf,
  windowOf,
  type Gaussian,
  type Images,
} from 'naive-diffusion';
import fixture from '../fixtures/diffusion/score.json';
import { tensorOf } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

await ready();

const exploding = gaussian({ schedule: explodingSchedule(), range: [-1, 1] });

/** Random images of bytes; the second is the first but for one byte. */
function images(count: number, [height, width, channels]: [number, number, number], seed = 1): ImageSet {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: count * height * width * channels }, () => random.int(256));
  const each = height * width * channels;
  pixels.copyWithin(each, 0, each);
  pixels[each + 1] = (pixels[each + 1] + 1) % 256;
  return new ImageSet({ name: 'random', height, width, channels, pixels });
}

/** The images' values in [−1, 1], in double precision, one list for each. */
const rowsOf = (data: ImageSet): number[][] => {
  const each = data.height * data.width * data.channels;
  return Array.from({ length: data.length }, (_, i) =>
    [...data.pixels.subarray(i * each, (i + 1) * each)].map((byte) => 2 * Math.fround(byte / 255) - 1),
  );
};

/** softmax in double precision. */
function softmax(logs: number[]): number[] {
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

const squaredGap = (z: number[], x: number[], alpha: number) =>
  z.reduce((sum, v, j) => sum + (v - alpha * x[j]) ** 2, 0);

/** α and σ at a level, as float32 has them. */
const coefficients = (g: Gaussian, t: number): [number, number] =>
  tf.tidy(() => {
    const { alpha, sigma } = g.coefficients(tf.tensor1d([t]));
    return [alpha.dataSync()[0], sigma.dataSync()[0]];
  });

describe('optimalDenoiser', () => {
  it("is scipy's softmax over the fixture's images, and has its weights", async () => {
    const { images: known, cases } = fixture.memoriser;
    const [count, height, width, channels] = known.shape;
    const shape = [height, width, channels] as const;
    const data = new FloatSet({ name: 'five', shape, values: Float32Array.from(known.values) });
    await expectNoLeak(() => {
      for (const { alpha, sigma, z, weights, denoised } of cases) {
        const flat = alpha === 1;
        // Where α is less than 1, a schedule that is a point: α and σ of the case at every level.
        const degradation = gaussian({
          range: [-1, 1],
          schedule: flat
            ? explodingSchedule({ most: 8 })
            : {
                alpha: (t) => tf.fill(t.shape, alpha),
                sigma: (t) => tf.fill(t.shape, sigma),
                level: () => 0.5,
              },
        });
        const t = flat ? degradation.schedule.level(sigma) : 0.5;
        for (const blockSize of [2, 4096]) {
          const denoise = optimalDenoiser({ data, degradation, blockSize });
          tf.tidy(() => {
            const at = tensorOf(z);
            expect(difference(denoise(at, t).x0, tensorOf(denoised))).toBeLessThan(1e-5);
            const shares = denoise.shares(at, t);
            expect(shares.shape).toEqual([z.shape[0], count]);
            expect(difference(shares, tensorOf<tf.Tensor2D>(weights))).toBeLessThan(1e-5);
          });
          denoise.dispose();
        }
      }
    });
  });

  it.each([0.002, 0.02, 0.3, 5])(
    'is right to 1e-4 in float32 at σ = %f, where two images differ by one byte',
    (sigma) => {
      const data = images(60, [16, 16, 3]);
      const rows = rowsOf(data);
      const degradation = gaussian({ schedule: explodingSchedule() });
      const t = degradation.schedule.level(sigma);
      const [, exactSigma] = coefficients(degradation, t);
      tf.tidy(() => {
        const which = Int32Array.of(0, 1, 7);
        const z = degradation.at(degradation.draw(key(3), [3, 16, 16, 3]), data.read(which), t);
        const denoise = optimalDenoiser({ data, degradation, blockSize: 25 });
        const found = [...degradation.toSigned(denoise(z, t).x0).dataSync()];
        const seen = [...degradation.toSigned(z).dataSync()];
        const each = rows[0].length;
        for (let b = 0; b < 3; b++) {
          const at = seen.slice(b * each, (b + 1) * each);
          const weights = softmax(rows.map((x) => -squaredGap(at, x, 1) / (2 * exactSigma ** 2)));
          for (let j = 0; j < each; j++) {
            const wanted = rows.reduce((sum, x, i) => sum + weights[i] * x[j], 0);
            expect(Math.abs(found[b * each + j] - wanted)).toBeLessThan(1e-4);
          }
        }
      });
    },
  );

  it.each([
    ['exploding', explodingSchedule(), 0.3],
    ['flow', flowSchedule(), 0.4],
  ] as const)('has ∇D = α/σ²·Cov(x0 | z), which is symmetric, over the schedule %s', async (_, schedule, at) => {
    const data = images(9, [1, 2, 2], 4);
    const rows = rowsOf(data);
    const degradation = gaussian({ schedule });
    const t = schedule.level(at);
    const [alpha, sigma] = coefficients(degradation, t);
    await expectNoLeak(() => {
      const denoise = optimalDenoiser({ data, degradation, blockSize: 4 });
      tf.tidy(() => {
        const z = degradation.at(degradation.draw(key(5), [1, 1, 2, 2]), data.read(Int32Array.of(3)), t);
        const seen = [...degradation.toSigned(z).dataSync()];
        const weights = softmax(rows.map((x) => -squaredGap(seen, x, alpha) / (2 * sigma ** 2)));
        const mean = seen.map((__, j) => rows.reduce((sum, x, i) => sum + weights[i] * x[j], 0));
        for (let j = 0; j < 4; j++) {
          // The gradient of one value of the guess; both are in the images' range, so that their units cancel.
          const value = (x: tf.Tensor) => tf.sum(tf.slice(tf.reshape(denoise(x as Images, t).x0, [-1]), j, 1));
          const row = tf.grad(value)(z).dataSync();
          for (let k = 0; k < 4; k++) {
            const covariance = rows.reduce((sum, x, i) => sum + weights[i] * (x[j] - mean[j]) * (x[k] - mean[k]), 0);
            expect(Math.abs(row[k] - (alpha / sigma ** 2) * covariance)).toBeLessThan(1e-4);
          }
        }
      });
      denoise.dispose();
    });
  });

  it('makes samples that are its images, and nothing else, compiled', async () => {
    const warned = vi.spyOn(console, 'warn');
    const data = images(12, [8, 8, 3], 7);
    const degradation = gaussian();
    const denoise = optimalDenoiser({ data, degradation });
    const levels = geometricLevels(degradation.schedule, { steps: 24, least: 0.01 });
    const options = { denoise, degradation, rule: dpmSolver2M, levels, count: 6 };
    await expectNoLeak(async () => {
      const made = await last(sample(options));
      tf.tidy(() => {
        const known = tf.reshape(data.images(), [1, data.length, -1]);
        const far = tf.max(tf.abs(tf.sub(tf.reshape(made, [6, 1, -1]), known)), 2);
        expect(tf.max(tf.min(far, 1)).dataSync()[0]).toBeLessThan(0.005);
      });
      made.dispose();
    });
    expect(warned).not.toHaveBeenCalled();
    denoise.dispose();
    vi.restoreAllMocks();
  });

  it('refuses what it cannot keep', () => {
    const data = images(3, [2, 2, 1]);
    const call = (options: object) => () => optimalDenoiser({ data, degradation: exploding, ...options });
    expect(call({ data: [] })).toThrow('optimalDenoiser: data must hold at least one image');
    expect(call({ degradation: binomial() })).toThrow('optimalDenoiser: degradation must be Gaussian noise');
    expect(call({ blockSize: 0 })).toThrow('optimalDenoiser: blockSize must be a whole number of at least 1, got 0');
    expect(call({ block: 3 })).toThrow('optimalDenoiser: block is not an option');
  });
});

describe('patchDenoiser', () => {
  const shape: [number, number, number] = [5, 6, 2];
  const data = images(7, shape, 9);
  const fixed = (radius: number) => (ratio: tf.Tensor3D) => tf.fill<tf.Rank.R3>(ratio.shape, radius);

  it('with windows as large as the images is optimalDenoiser', async () => {
    const degradation = gaussian({ schedule: flowSchedule() });
    await expectNoLeak(() => {
      const [patches, whole] = [
        patchDenoiser({ data, degradation, radius: fixed(6) }),
        optimalDenoiser({ data, degradation }),
      ];
      tf.tidy(() => {
        const z = normal(key(1), [3, ...shape]) as Images;
        for (const t of [0.05, 0.5, 0.9]) expect(difference(patches(z, t).x0, whole(z, t).x0)).toBeLessThan(2e-5);
      });
      patches.dispose();
      whole.dispose();
    });
  });

  it.each([0, 1, 1.5])('with windows that reach %f pixels is what counting says', (radius) => {
    const degradation = gaussian({ schedule: flowSchedule() });
    const [alpha, sigma] = coefficients(degradation, 0.5);
    const [height, width, channels] = shape;
    const denoise = patchDenoiser({ data, degradation, radius: fixed(radius) });
    tf.tidy(() => {
      const z = normal(key(2), [2, ...shape]) as Images;
      const found = degradation.toSigned(denoise(z, 0.5).x0).dataSync();
      const seen = degradation.toSigned(z).dataSync();
      const rows = rowsOf(data);
      const place = (y: number, x: number, c: number) => (y * width + x) * channels + c;
      const counts = (apart: number) => Math.min(1, Math.max(0, radius + 1 - Math.abs(apart)));
      for (const [b, y, x] of [
        [0, 0, 0],
        [0, 2, 3],
        [1, 4, 5],
        [1, 1, 4],
      ]) {
        const logs = rows.map((row) => {
          let sum = 0;
          for (let v = 0; v < height; v++)
            for (let u = 0; u < width; u++)
              for (let c = 0; c < channels; c++) {
                const gap = seen[b * rows[0].length + place(v, u, c)] - alpha * row[place(v, u, c)];
                sum += counts(v - y) * counts(u - x) * gap ** 2;
              }
          return -sum / (2 * sigma ** 2);
        });
        const weights = softmax(logs);
        for (let c = 0; c < channels; c++) {
          const wanted = rows.reduce((sum, row, i) => sum + weights[i] * row[place(y, x, c)], 0);
          expect(Math.abs(found[b * rows[0].length + place(y, x, c)] - wanted)).toBeLessThan(2e-5);
        }
      }
    });
    denoise.dispose();
  });

  it('is the same whatever the size of its blocks, and samples, compiled, with windows that grow', async () => {
    const warned = vi.spyOn(console, 'warn');
    const degradation = gaussian({ schedule: flowSchedule() });
    const many = images(300, [16, 16, 3], 11);
    const denoise = patchDenoiser({ data: many, degradation });
    tf.tidy(() => {
      const z = normal(key(4), [40, 16, 16, 3]) as Images; // 40 images make blocks of 136
      const one = tf.slice(z, 39, 1);
      expect(difference(tf.slice(denoise(z, 0.6).x0, 39, 1), denoise(one, 0.6).x0)).toBeLessThan(2e-5);
    });
    const levels = geometricLevels(degradation.schedule, { steps: 6, least: 0.02 });
    await expectNoLeak(async () => {
      const made = await last(sample({ denoise, degradation, rule: dpmSolver2M, levels, count: 2 }));
      expect(made.shape).toEqual([2, 16, 16, 3]);
      made.dispose();
    });
    expect(warned).not.toHaveBeenCalled();
    denoise.dispose();
    vi.restoreAllMocks();
  });

  it('has a window that grows from 1 pixel to a radius, evenly in the logarithm of σ/α', () => {
    tf.tidy(() => {
      const reach = windowOf({ least: 0.1, most: 10, radius: 9 });
      const ratios = tf.tensor3d([0.01, 0.1, 1, 10, 100], [5, 1, 1]);
      expect([...reach(ratios).dataSync()].map((r) => Math.round(r * 1000) / 1000)).toEqual([1, 1, 5, 9, 9]);
    });
    for (const bad of [{ least: 0 }, { least: 20 }, { most: NaN }, { radius: -1 }])
      expect(() => windowOf({ least: 0.1, most: 10, radius: 9, ...bad })).toThrow('windowOf: least must be above 0');
  });

  it('refuses what it cannot keep', () => {
    const call = (options: object) => () => patchDenoiser({ data, degradation: exploding, ...options });
    expect(call({ data: undefined })).toThrow('patchDenoiser: data must hold at least one image');
    expect(call({ degradation: binomial() })).toThrow('patchDenoiser: degradation must be Gaussian noise');
    expect(call({ radius: 3 })).toThrow('patchDenoiser: radius must be a function of σ/α, got 3');
    expect(call({ window: 3 })).toThrow('patchDenoiser: window is not an option');
  });
});
