import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  bitsPerDimension,
  evenLevels,
  fitVariance,
  gaussian,
  ImageSet,
  Random,
  ready,
  residualUnet,
  denoiser,
  tf,
  type Denoiser,
  type Gaussian,
  type Images,
  type Level,
} from 'naive-diffusion';
import fixture from '../fixtures/diffusion/bits.json';
import { entriesOf, exactDenoiser, tensorOf } from '../fixtures/exact.js';
import { expectNoLeak } from '../support.js';

await ready();
afterEach(() => vi.unstubAllEnvs());

const [MEAN, SPREAD] = [0.1, 0.25];

/** Bytes of which each is normal, in [−1, 1] with the mean and deviation above. */
function normalBytes(count: number, seed: number): ImageSet {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: count * 64 }, () =>
    Math.min(255, Math.max(0, Math.round((MEAN + SPREAD * random.normal() + 1) * 127.5))),
  );
  return new ImageSet({ name: 'normal', height: 8, width: 8, channels: 1, pixels });
}

/** The best guess of such images, which knows its variance. */
function exact(g: Gaussian): Denoiser {
  const denoise = (z: Images, t: Level) => {
    const { alpha, sigma } = g.coefficients(typeof t === 'number' ? tf.fill([z.shape[0]], t) : t);
    const all = tf.add(tf.mul(tf.square(alpha), SPREAD ** 2), tf.square(sigma));
    const off = tf.sub(g.toSigned(z), tf.mul(alpha, MEAN));
    const x0 = g.fromSigned(tf.add(MEAN, tf.mul(tf.div(tf.mul(alpha, SPREAD ** 2), all), off)));
    return { x0, variance: tf.div(tf.mul(tf.square(sigma), SPREAD ** 2), all) as tf.Tensor4D };
  };
  return Object.assign(denoise, { weights: [] });
}

/** The entropy of one such value in bits: that of the density, and how many bytes there are to a unit. */
const entropy = Math.log2(SPREAD * Math.sqrt(2 * Math.PI * Math.E)) + Math.log2(127.5);

describe('bitsPerDimension', () => {
  it('is the entropy of normal data, for the best guess and the best variances', async () => {
    const g = gaussian();
    const data = normalBytes(300, 1);
    const { total, interval } = await bitsPerDimension({
      denoise: exact(g),
      degradation: g,
      data,
      levels: evenLevels(60),
      variance: 'optimal',
    });
    expect(interval.low).toBeLessThan(entropy);
    expect(interval.high).toBeGreaterThan(entropy);
    expect(interval.high - interval.low).toBeLessThan(0.1);
    expect(Math.abs(total - entropy)).toBeLessThan(0.05);
  });

  it('costs more with other variances, and the less the more steps there are', async () => {
    const g = gaussian();
    const data = normalBytes(100, 2);
    const cost = async (variance: 'posterior' | 'forward' | 'optimal', steps: number) =>
      (await bitsPerDimension({ denoise: exact(g), degradation: g, data, levels: evenLevels(steps), variance })).total;
    for (const steps of [10, 40]) {
      const best = await cost('optimal', steps);
      expect(await cost('posterior', steps)).toBeGreaterThan(best + 0.01);
      expect(await cost('forward', steps)).toBeGreaterThan(best + 0.01);
    }
    expect(await cost('forward', 40)).toBeLessThan(await cost('forward', 10));
  });

  it('is the sum of its terms, and a part of the looks is right on average', async () => {
    const g = gaussian();
    const data = normalBytes(200, 3);
    const common = { denoise: exact(g), degradation: g, data, levels: evenLevels(80), variance: 'forward' as const };
    const whole = await bitsPerDimension(common);
    const part = await bitsPerDimension({ ...common, looks: 7, batchSize: 30 });
    for (const { total, prior, steps, decoder, images } of [whole, part]) {
      const terms = prior + steps.reduce((sum, { bits }) => sum + bits, 0) + decoder;
      expect(terms).toBeCloseTo(total, 6);
      expect(images.reduce((sum, bits) => sum + bits, 0) / images.length).toBeCloseTo(total, 9);
      expect(steps[0].from).toBe(1);
    }
    expect(part.steps).toHaveLength(7);
    const spread = part.interval.high - part.interval.low + whole.interval.high - whole.interval.low;
    expect(Math.abs(part.total - whole.total)).toBeLessThan(spread);
  });

  it('agrees term by term with denoising-diffusion-pytorch, for learned variances', async () => {
    vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0'); // so that each step draws anew, from the fixture's noise
    const { bound } = fixture;
    const alphaBar = [1];
    for (const beta of bound.beta) alphaBar.push(alphaBar.at(-1)! * (1 - beta));
    const n = bound.beta.length;
    // z at level i/n is index i − 1 of the fixture.
    const table = (values: number[]) => (t: tf.Tensor) =>
      tf.reshape(tf.gather(tf.tensor1d(values), tf.cast(tf.round(tf.mul(tf.reshape(t, [-1]), n)), 'int32')), t.shape);
    const g = gaussian({
      schedule: {
        spec: { kind: 'table' },
        alpha: table(alphaBar.map(Math.sqrt)),
        sigma: table(alphaBar.map((bar) => Math.sqrt(1 - bar))),
        level: () => NaN,
      },
    });
    const noise = entriesOf(bound.noise);
    let index = n;
    const degradation: Gaussian = { ...g, draw: () => ({ noise: tensorOf(noise[--index]) }) };
    const learned = entriesOf(bound.learned);
    const guess = exactDenoiser(bound.denoiser);
    const denoise: Denoiser = Object.assign(
      (z: Images, t: Level) => {
        const i = Math.round((t as tf.Tensor1D).dataSync()[0] * n);
        const x0 = guess(g.toSigned(z), Math.sqrt(alphaBar[i]), Math.sqrt(1 - alphaBar[i]));
        return { x0: g.fromSigned(x0), share: tf.div(tf.add(tensorOf(learned[i - 1]), 1), 2) as tf.Tensor4D };
      },
      { weights: [] },
    );
    const [count, height, width, channels] = bound.bytes.shape;
    const data = new ImageSet({
      name: 'fixture',
      height,
      width,
      channels,
      pixels: Uint8Array.from(bound.bytes.values),
    });
    const found = await bitsPerDimension({ denoise, degradation, data, levels: evenLevels(n), variance: 'learned' });
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / count;
    const terms = entriesOf(bound.terms).map(({ values }) => mean(values));
    found.steps.forEach(({ bits }, i) => {
      // The walk goes from the noisiest step on. Single precision here, double there.
      expect(Math.abs(bits - terms[n - 1 - i])).toBeLessThan(2e-4 * Math.max(1, terms[n - 1 - i]));
    });
    expect(Math.abs(found.decoder - terms[0])).toBeLessThan(2e-4 * terms[0]);
  });

  it('leaves no tensor behind, runs compiled with a network, and repeats itself', async () => {
    const network = residualUnet({ size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 4 });
    const common = {
      denoise: denoiser(network),
      degradation: gaussian(),
      data: normalBytes(5, 4),
      looks: 6,
      batchSize: 3,
    };
    await expectNoLeak(async () => {
      const first = await bitsPerDimension({ ...common, levels: evenLevels(20) });
      const second = await bitsPerDimension({ ...common, levels: evenLevels(20) });
      expect(second.total).toBe(first.total);
    });
    network.dispose();
  });

  it('refuses what it cannot count', async () => {
    const g = gaussian();
    const common = { denoise: exact(g), degradation: g, data: normalBytes(2, 5) };
    const refused = (options: object, message: string) =>
      expect(bitsPerDimension({ ...common, ...options })).rejects.toThrow(message);
    await refused({ levels: [1, 0] }, 'levels must go from 1 to 0 in at least two steps');
    await refused({ levels: [0.9, 0.5, 0] }, 'levels must go from 1 to 0');
    await refused({ looks: 1000 }, 'looks must be a whole number from 1 to 999, got 1000');
    await refused({ levels: evenLevels(5), variance: 'learned' }, "variance 'learned' needs");
    await refused({ degradation: {} }, 'degradation must be Gaussian noise');
  });
});

describe('fitVariance', () => {
  it('finds the variance of normal data about the best guess', async () => {
    const g = gaussian();
    await expectNoLeak(async () => {
      const { variances } = await fitVariance({
        denoise: exact(g),
        degradation: g,
        data: normalBytes(200, 6),
        levels: 8,
      });
      variances.forEach((variance, i) => {
        const angle = ((i + 1) / 8) * (Math.PI / 2);
        const [alpha2, sigma2] = [Math.cos(angle) ** 2, Math.sin(angle) ** 2];
        const wanted = (sigma2 * SPREAD ** 2) / (alpha2 * SPREAD ** 2 + sigma2);
        // 12,800 squares of normal numbers: their mean is right to 1.3 %.
        expect(Math.abs(variance / wanted - 1)).toBeLessThan(0.06);
      });
    });
  });
});
