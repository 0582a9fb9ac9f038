import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Autoencoder,
  autoencoder,
  encodeAll,
  encoded,
  FloatSet,
  type Images,
  ImageSet,
  key,
  latentSpread,
  loadCheckpoint,
  normal,
  Random,
  ready,
  saveCheckpoint,
  tf,
  trainAutoencoder,
  uniform,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const small = { size: 8, channels: 1, widths: [8, 16], latent: 2 };
const make = (options = {}) => autoencoder({ ...small, ...options });
const some = (count: number) => tf.tidy(() => uniform(key(1), [count, 8, 8, 1]) as Images);
/** White on the left and black on the right, with the border at any of seven places. */
const borders = (count = 32) => {
  const random = new Random(2);
  const places = Array.from({ length: count }, () => 1 + random.int(7));
  const pixels = Uint8Array.from({ length: count * 64 }, (_, i) => (i % 8 < places[Math.floor(i / 64)] ? 255 : 0));
  return new ImageSet({ name: 'borders', height: 8, width: 8, channels: 1, pixels });
};

describe('an autoencoder', () => {
  it('halves the images at each level but the first, and goes back to images in (0, 1)', async () => {
    for (const widths of [[8], [8, 16], [8, 16, 24]]) {
      const codec = make({ widths });
      const side = 8 >> (widths.length - 1);
      expect([codec.shape, codec.latentShape]).toEqual([
        [8, 8, 1],
        [side, side, 2],
      ]);
      await expectNoLeak(() => {
        const x = some(3);
        const z = codec.encode(x);
        const back = codec.decode(z);
        expect([z.shape, back.shape]).toEqual([[3, side, side, 2], x.shape]);
        const { mean, logVariance } = codec.posterior(x);
        expect([mean.shape, logVariance.shape]).toEqual([z.shape, z.shape]);
        tf.tidy(() => {
          expect(tf.min(back).dataSync()[0]).toBeGreaterThan(0);
          expect(tf.max(back).dataSync()[0]).toBeLessThan(1);
          expect(difference(mean, z)).toBe(0);
        });
        tf.dispose([x, z, back, mean, logVariance]);
      });
      codec.dispose();
    }
  });

  it('once normalised, encodes to mean 0 and deviation 1, and decodes to the same images', async () => {
    const codec = make();
    const data = borders();
    const x = data.images([0, 1, 2]);
    const before = tf.tidy(() => codec.decode(codec.encode(x)).clone());
    codec.normalize(latentSpread(await encodeAll(data, codec)));
    const { mean, deviation } = latentSpread(await encodeAll(data, codec));
    for (const each of mean) expect(Math.abs(each)).toBeLessThan(1e-5);
    for (const each of deviation) expect(Math.abs(each - 1)).toBeLessThan(1e-5);
    tf.tidy(() => {
      expect(difference(codec.decode(codec.encode(x)), before)).toBeLessThan(1e-5);
    });
    tf.dispose([x, before]);
    codec.dispose();
  });

  it('comes back from a file with the spread that was measured', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'codec-'));
    const file = path.join(folder, 'codec.safetensors');
    const codec = make({ seed: 5 });
    codec.normalize({ mean: [0.5, -1], deviation: [2, 0.25] });
    await saveCheckpoint(file, codec, { precision: 'single' });
    const { network } = await loadCheckpoint<Autoencoder>(file);
    expect(network.config).toEqual(codec.config);
    tf.tidy(() => {
      expect(difference(network.encode(some(2)), codec.encode(some(2)))).toBe(0);
    });
    codec.dispose();
    network.dispose();
    rmSync(folder, { recursive: true });
  });

  it('refuses what does not fit, by name', () => {
    expect(() => make({ latent: 0 })).toThrow('autoencoder: latent must be a whole number of at least 1, got 0');
    expect(() => make({ widths: [8, 16, 16, 16, 16] })).toThrow('size must be a multiple of 16');
    expect(() => make({ mean: [1] })).toThrow(
      'autoencoder: mean must be 2 numbers, one for each latent channel, got [1]',
    );
    expect(() => make({ depth: 3 })).toThrow('depth');
    const codec = make();
    expect(() => {
      codec.normalize({ mean: [0, 0], deviation: [1, 0] });
    }).toThrow('normalize: deviation must be 2 numbers above 0, one for each latent channel, got [1,0]');
    tf.tidy(() => {
      expect(() => codec.encode(tf.zeros([1, 4, 4, 1]))).toThrow(
        'autoencoder: images must have shape [batch, 8, 8, 1], got [1,4,4,1]',
      );
      expect(() => codec.decode(tf.zeros([1, 8, 8, 1]))).toThrow(
        'autoencoder: latents must have shape [batch, 4, 4, 2], got [1,8,8,1]',
      );
    });
    codec.dispose();
    tf.tidy(() => {
      expect(() => codec.encode(some(1))).toThrow('has been disposed of');
    });
  });
});

describe('trainAutoencoder', () => {
  /** The loss of a first step. */
  async function firstLoss(codec: Autoencoder, kl: number, data = borders()): Promise<number> {
    for await (const { loss } of trainAutoencoder({ network: codec, data, steps: 1, batchSize: 32, kl })) return loss;
    return NaN;
  }

  it('adds the divergence from the standard normal distribution, as integrating it says', async () => {
    const losses = [await firstLoss(make(), 0), await firstLoss(make(), 1)];
    const codec = make();
    const { mean, logVariance } = codec.posterior(borders().images([...Array(32).keys()]));
    const [m, s] = [mean.dataSync(), logVariance.dataSync().map((l) => Math.exp(l / 2))];
    // ∫ q(z)·(ln q(z) − ln p(z)) dz over ten deviations, for 200 of the latents.
    let sum = 0;
    const log = (z: number, mu: number, sigma: number) => -(((z - mu) / sigma) ** 2) / 2 - Math.log(sigma);
    const every = Math.floor(m.length / 200);
    let count = 0;
    for (let i = 0; i < m.length; i += every, count++)
      for (let k = -500; k <= 500; k++) {
        const z = m[i] + (s[i] * k) / 50;
        const q = Math.exp(-((k / 50) ** 2) / 2) / Math.sqrt(2 * Math.PI) / 50;
        sum += q * (log(z, m[i], s[i]) - log(z, 0, 1));
      }
    let all = 0;
    for (let i = 0; i < m.length; i++) all += (m[i] ** 2 + s[i] ** 2 - 1 - Math.log(s[i] ** 2)) / 2 / m.length;
    expect(losses[1] - losses[0]).toBeCloseTo(all, 4);
    let same = 0;
    for (let i = 0; i < m.length; i += every) same += (m[i] ** 2 + s[i] ** 2 - 1 - Math.log(s[i] ** 2)) / 2 / count;
    expect(sum / count).toBeCloseTo(same, 3);
    tf.dispose([mean, logVariance]);
    codec.dispose();
  });

  it('learns where a border is, and leaves nothing behind', async () => {
    const data = borders();
    await expectNoLeak(async () => {
      const codec = make();
      const losses: number[] = [];
      for await (const { loss } of trainAutoencoder({ network: codec, data, steps: 80, rate: 5e-3, kl: 1e-4 }))
        losses.push(loss);
      expect(losses.at(-1)).toBeLessThan(losses[0] / 3);
      for await (const { step } of trainAutoencoder({ network: codec, data, steps: 5 })) if (step === 2) break;
      codec.dispose();
    });
  });

  it('refuses data of another shape, and a weight below 0', () => {
    const network = make();
    const other = new FloatSet({ name: 'x', shape: [4, 4, 1], values: new Float32Array(16) });
    expect(() => trainAutoencoder({ network, data: other, steps: 1 })).toThrow(
      'trainAutoencoder: data must be images of [8,8,1], as network takes them, got [4,4,1]',
    );
    expect(() => trainAutoencoder({ network, data: borders(), steps: 1, kl: -1 })).toThrow(
      'trainAutoencoder: kl must be at least 0, got -1',
    );
    network.dispose();
  });
});

describe('encodeAll and latentSpread', () => {
  it('keep what encoded() would make anew, also of the last few', async () => {
    const codec = make();
    const data = borders(11);
    await expectNoLeak(async () => {
      const kept = await encodeAll(data, codec, { atOnce: 4 });
      expect([kept.length, kept.name, kept.shape]).toEqual([11, 'borders', [4, 4, 2]]);
      const which = Int32Array.of(10, 0, 5);
      const [mine, other] = [kept.read(which), encoded(data, codec).read(which)];
      tf.tidy(() => {
        expect(difference(mine, other)).toBeLessThan(1e-5);
      });
      tf.dispose([mine, other]);
    });
    await expect(encodeAll(data, codec, { atOnce: 0 })).rejects.toThrow('encodeAll: atOnce must be');
    codec.dispose();
  });

  it('find the mean and the deviation of each channel as tf.moments does', () => {
    tf.tidy(() => {
      const x = tf.add(tf.mul(normal(key(3), [50, 4, 4, 3]), [1, 2, 30]), [0, -5, 100]);
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const spread = latentSpread({ values: x.dataSync<'float32'>(), shape: [4, 4, 3] });
      [...mean.dataSync()].forEach((m, i) => {
        expect(spread.mean[i]).toBeCloseTo(m, 3);
      });
      [...variance.dataSync()].forEach((v, i) => {
        expect(spread.deviation[i] / Math.sqrt(v)).toBeCloseTo(1, 4);
      });
    });
  });
});
