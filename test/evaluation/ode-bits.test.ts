import { describe, expect, it, vi } from 'vitest';
import {
  binomial,
  cosineSchedule,
  denoiser,
  explodingSchedule,
  flowSchedule,
  gaussian,
  ImageSet,
  listenForStop,
  normalDenoiser,
  odeBits,
  optimalDenoiser,
  Random,
  ready,
  residualUnet,
  tf,
  velocity,
  type Denoiser,
  type Images,
  type OdeBitsOptions,
} from 'naive-diffusion';
import { flowDensity } from '../../lib/src/evaluation/flow-density.js';
import fixture from '../fixtures/diffusion/score.json';
import { tensorOf, type FixtureArray } from '../fixtures/exact.js';
import { expectNoLeak, stirred } from '../support.js';

await ready();

const { lowest, highest, gaussian: round, mixture } = fixture.likelihood;

/** The exact denoiser of a mixture in the plane, images being points of `[1, 2, 1]`: every component by Bayes' rule. */
function ofMixture(
  { shares, means, covariances }: { shares: number[]; means: FixtureArray; covariances: FixtureArray },
  degradation: ReturnType<typeof gaussian>,
): Denoiser {
  const denoise = (z: Images, t: number | tf.Tensor1D) => {
    const noise = tf.square(tf.reshape(degradation.coefficients(t as tf.Tensor1D).sigma, [-1, 1]));
    const [x, y] = tf.split(tf.reshape(z, [-1, 2]), 2, 1);
    const parts = shares.map((share, k) => {
      const [mx, my] = means.values.slice(2 * k, 2 * k + 2);
      const [a, b, , c] = covariances.values.slice(4 * k, 4 * k + 4);
      // (C + σ²)⁻¹·(z − m), and then C times it.
      const [p, r] = [tf.add(a, noise), tf.add(c, noise)];
      const determinant = tf.sub(tf.mul(p, r), b * b);
      const [dx, dy] = [tf.sub(x, mx), tf.sub(y, my)];
      const first = tf.div(tf.sub(tf.mul(r, dx), tf.mul(b, dy)), determinant);
      const second = tf.div(tf.sub(tf.mul(p, dy), tf.mul(b, dx)), determinant);
      const far = tf.add(tf.mul(dx, first), tf.mul(dy, second));
      const log = tf.sub(Math.log(share), tf.div(tf.add(far, tf.log(determinant)), 2));
      const mean = tf.concat(
        [
          tf.add(mx, tf.add(tf.mul(a, first), tf.mul(b, second))),
          tf.add(my, tf.add(tf.mul(b, first), tf.mul(c, second))),
        ],
        1,
      );
      return { log, mean };
    });
    const weights = tf.softmax(tf.concat(parts.map(({ log }) => log), 1)); // prettier-ignore
    const means2 = tf.stack(parts.map(({ mean }) => mean), 1); // prettier-ignore
    return { x0: tf.reshape<tf.Rank.R4>(tf.sum(tf.mul(tf.expandDims(weights, 2), means2), 1), z.shape) };
  };
  return Object.assign(denoise, { weights: [] });
}

describe('the density along the probability flow, held to solve_ivp of scipy and to k-diffusion', () => {
  const degradation = gaussian({ schedule: explodingSchedule({ most: highest }), range: [-1, 1] });
  const asImages = (array: FixtureArray) => tf.tidy(() => tf.reshape<tf.Rank.R4>(tensorOf(array), [-1, 1, 2, 1]));

  it.each([
    ['a round normal', round],
    ['a mixture', { ...fixture.mixture, ...mixture }],
  ] as const)('%s', async (_, given) => {
    await expectNoLeak(async () => {
      const denoise = ofMixture(given, degradation);
      const flow = flowDensity({ denoise, degradation, least: lowest, most: highest, steps: 40 });
      const stop = listenForStop();
      const u = asImages(given.points);
      const [probe, ones] = [asImages(given.probe), tf.ones([u.shape[0], 1, 2, 1]) as Images];
      const other = tf.tidy(() => tf.mul(ones, tf.tensor4d([1, -1], [1, 1, 2, 1])) as Images);
      try {
        const [probed, one, two] = [
          await flow.of(u, probe, stop),
          await flow.of(u, ones, stop),
          await flow.of(u, other, stop),
        ];
        const wanted = given.end.values;
        probed.end.dataSync().forEach((value, i) => {
          expect(Math.abs(value - wanted[i])).toBeLessThan(2e-4 * Math.max(1, Math.abs(wanted[i])));
        });
        for (let i = 0; i < u.shape[0]; i++) {
          expect(Math.abs(probed.nats[i] - given.probed[i])).toBeLessThan(1e-3);
          // Both probes together are the trace: what is beside the diagonal cancels.
          expect(Math.abs((one.nats[i] + two.nats[i]) / 2 - given.logLikelihood[i])).toBeLessThan(1e-3);
        }
        tf.dispose([probed.end, one.end, two.end]);
      } finally {
        stop.close();
        flow.release();
        tf.dispose([u, probe, ones, other]);
      }
    });
  });
});

const [MEAN, SPREAD] = [0.1, 0.3];

/** Independent bytes, normal with mean and spread in [−1, 1]. */
function normalBytes(count: number, seed: number): ImageSet {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: count * 32 }, () => {
    const value = MEAN + SPREAD * random.normal();
    return Math.min(255, Math.max(0, Math.round(127.5 * (value + 1))));
  });
  return new ImageSet({ name: 'normal', height: 4, width: 8, channels: 1, pixels });
}

describe('odeBits', () => {
  it.each([
    ['cosine', cosineSchedule()],
    ['exploding', explodingSchedule()],
    ['flow', flowSchedule()],
  ])('are those of the density of normal data, image by image, over the schedule %s', async (_, schedule) => {
    const degradation = gaussian({ schedule });
    const data = normalBytes(8, 2);
    const least = 0.01;
    const denoise = normalDenoiser({ degradation, mean: MEAN, deviation: SPREAD });
    const { images, total } = await odeBits({ denoise, degradation, data, least, steps: 30, batchSize: 5 });
    const variance = SPREAD ** 2 + least ** 2;
    const values = [...data.pixels].map((byte) => byte / 127.5 - 1);
    for (let i = 0; i < data.length; i++) {
      // Where in a byte's place a number lies costs ±1/127.5·|x − mean|/variance at most; the mean of 32 is nearer.
      const nats = values
        .slice(32 * i, 32 * i + 32)
        .map((x) => 0.5 * Math.log(2 * Math.PI * variance) + (x - MEAN) ** 2 / (2 * variance))
        .reduce((a, b) => a + b, 0);
      expect(Math.abs(images[i] - (nats / (32 * Math.LN2) + Math.log2(127.5)))).toBeLessThan(0.03);
    }
    expect(total).toBeCloseTo(images.reduce((a, b) => a + b, 0) / images.length, 9);
  });

  it('are on average the entropy of normal data, within their interval', async () => {
    const degradation = gaussian();
    const denoise = normalDenoiser({ degradation, mean: MEAN, deviation: SPREAD });
    const { total, interval } = await odeBits({ denoise, degradation, data: normalBytes(200, 3), steps: 20 });
    const entropy = Math.log2(SPREAD * Math.sqrt(2 * Math.PI * Math.E)) + Math.log2(127.5);
    expect(interval.low).toBeLessThan(entropy);
    expect(interval.high).toBeGreaterThan(entropy);
    expect(Math.abs(total - entropy)).toBeLessThan(0.05);
  });

  it('are few for a denoiser that knows the images by heart, the fewer the less noise', async () => {
    const degradation = gaussian();
    const data = normalBytes(6, 4);
    const denoise = optimalDenoiser({ data, degradation });
    const bits = async (least: number) => (await odeBits({ denoise, degradation, data, least, steps: 30 })).total;
    // Each image is one of six, with noise of σ = least: log₂ 6 for all values, and a normal for each.
    const wanted = (least: number) =>
      Math.log2(6) / 32 + Math.log2(least * Math.sqrt(2 * Math.PI * Math.E)) + Math.log2(127.5);
    // The numbers lie in their bytes' places, of deviation 2/255/√12, and not as the noise would.
    const off = (least: number) => ((2 / 255) ** 2 / 12 / least ** 2 - 1) / 2 / Math.LN2;
    for (const least of [0.05, 0.02])
      expect(Math.abs((await bits(least)) - wanted(least) - off(least))).toBeLessThan(0.05);
    denoise.dispose();
  });

  it('leave no tensor behind, run compiled with a network, and repeat themselves', async () => {
    const warned = vi.spyOn(console, 'warn');
    const network = stirred(residualUnet({ size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 4 }));
    const degradation = gaussian();
    const pixels = normalBytes(10, 4).pixels;
    const data = new ImageSet({ name: 'square', height: 8, width: 8, channels: 1, pixels });
    const options = { denoise: denoiser(network, { target: velocity(degradation) }), degradation, data, steps: 4 };
    const first = await odeBits({ ...options, batchSize: 2, probes: 2 });
    await expectNoLeak(async () => {
      const again = await odeBits({ ...options, batchSize: 2, probes: 2 });
      expect(Math.abs(again.total - first.total)).toBeLessThan(1e-5);
    });
    expect(warned).not.toHaveBeenCalled();
    network.dispose();
    vi.restoreAllMocks();
  });

  it('refuse what they cannot count', async () => {
    const degradation = gaussian();
    const good: OdeBitsOptions = { denoise: normalDenoiser({ degradation }), degradation, data: normalBytes(2, 5) };
    const refused = (options: object, message: string) =>
      expect(odeBits({ ...good, ...options })).rejects.toThrow(message);
    await refused({ denoise: 'network' }, 'odeBits: denoise must be a denoiser');
    await refused({ degradation: binomial() }, 'odeBits: degradation must be Gaussian noise');
    await refused({ degradation: gaussian({ schedule: flowSchedule() }) }, 'odeBits: denoise must be made for');
    await refused({ data: undefined }, 'odeBits: data must hold at least one image');
    await refused({ steps: 0 }, 'odeBits: steps must be a whole number of at least 1, got 0');
    await refused({ probes: 1.5 }, 'odeBits: probes must be a whole number of at least 1, got 1.5');
    await refused({ least: 0 }, 'odeBits: least must be above 0, got 0');
    await refused({ least: 90 }, 'odeBits: most must be above least, 90, got 80');
    await refused({ most: Infinity }, 'odeBits: most must be above 0, got Infinity');
    await refused({ seed: -1 }, 'odeBits: seed must be a whole number of at least 0, got -1');
    await refused({ looks: 3 }, 'odeBits: looks is not an option');
    const short = gaussian({ schedule: explodingSchedule({ most: 4 }) });
    const denoise = normalDenoiser({ degradation: short });
    await refused({ denoise, degradation: short, most: 5 }, 'odeBits: most must be at most 4, where the schedule ends');
  });
});
