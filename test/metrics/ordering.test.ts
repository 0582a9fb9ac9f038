import { beforeAll, describe, expect, it } from 'vitest';
import {
  birthdayEstimate,
  countRepeats,
  frechetDistance,
  isolatedOutliers,
  kernelDistance,
  memorisation,
  prdc,
  Random,
  ready,
  realFloor,
  tf,
  highFrequencyShare,
  type Rows,
} from 'naive-diffusion';
import { rows } from './synthetic.js';

const size = 8;
const each = size * size;
const n = 600;

/**
 * Smooth small pictures: a bright disc of random place and size, on random grey. 5 degrees of freedom in 64 numbers.
 */
function discs(seed: number, count: number): Rows {
  const random = new Random(seed);
  const data = new Float32Array(count * each);
  for (let i = 0; i < count; i++) {
    const [x, y, radius, ground, light] = [
      2 + 4 * random.uniform(),
      2 + 4 * random.uniform(),
      1 + random.uniform(),
      0.3 * random.uniform(),
      0.3 + 0.4 * random.uniform(),
    ];
    for (let p = 0; p < each; p++)
      data[i * each + p] =
        ground + light / (1 + Math.exp(2 * (Math.hypot((p % size) - x, Math.floor(p / size) - y) - radius)));
  }
  return { data, shape: [count, each] };
}

/** What every generator is judged by. */
async function judge(samples: Rows, train: Rows, heldOut: Rows, real: Rows) {
  const images = tf.tensor4d(samples.data, [samples.shape[0], size, size, 1]);
  const repeats = await countRepeats(samples);
  const verdict = {
    frechet: frechetDistance(samples, real),
    kernel: (await kernelDistance(samples, real, { subsets: 10 })).distance,
    ...(await prdc(real, samples)),
    memorised: await memorisation(samples, train, heldOut),
    distinct: birthdayEstimate(samples.shape[0], repeats.pairs),
    outliers: isolatedOutliers(images, { threshold: 0.2 }).mean,
    detail: highFrequencyShare(images).share,
  };
  images.dispose();
  return verdict;
}

describe('every generator is put in its place', () => {
  let verdicts: Record<'memoriser' | 'collapsed' | 'noisy' | 'blurred' | 'heldOut', Awaited<ReturnType<typeof judge>>>;
  let floor: number;

  beforeAll(async () => {
    await ready();
    const [train, heldOut, real, fresh] = [1, 2, 3, 4].map((seed) => discs(seed, n));
    const random = new Random(5);
    const generators = {
      memoriser: rows(
        train,
        Array.from({ length: n }, () => random.int(n)),
      ),
      collapsed: rows(
        fresh,
        Array.from({ length: n }, (_, i) => i % 4),
      ),
      noisy: { shape: fresh.shape, data: fresh.data.map((x) => (random.uniform() < 0.03 ? random.int(2) : x)) },
      blurred: { shape: fresh.shape, data: fresh.data.map((_, i) => around(fresh.data, i)) },
      heldOut: fresh,
    };
    const judged = [];
    for (const [name, samples] of Object.entries(generators))
      judged.push([name, await judge(samples, train, heldOut, real)]);
    verdicts = Object.fromEntries(judged);
    floor = (await realFloor(discs(6, 2 * n))).distance;
  });

  /** The mean of the pixels at most two away from number `i`, in its own picture. */
  function around(data: Float32Array, i: number): number {
    const [x, y, from] = [i % size, Math.floor((i % each) / size), i - (i % each)];
    const near = [...data.subarray(from, from + each)].filter(
      (_, p) => Math.abs((p % size) - x) <= 2 && Math.abs(Math.floor(p / size) - y) <= 2,
    );
    return near.reduce((a, b) => a + b, 0) / near.length;
  }

  it('real data that was never seen passes everything', () => {
    const { heldOut } = verdicts;
    expect(heldOut.frechet).toBeLessThan(2 * floor);
    expect(heldOut.coverage).toBeGreaterThan(0.9);
    expect(heldOut.memorised.p).toBeGreaterThan(0.01);
    expect(heldOut.distinct.high).toBe(Infinity);
    expect(heldOut.outliers).toBeLessThan(0.05);
  });

  it('the memoriser fools the distances, precision and coverage, and is found out by its neighbours', () => {
    const { memoriser, heldOut } = verdicts;
    expect(memoriser.frechet).toBeLessThan(2 * floor);
    expect(memoriser.precision).toBeGreaterThan(0.9);
    expect(memoriser.coverage).toBeGreaterThan(0.7);
    expect(memoriser.memorised.closer).toBe(1);
    expect(memoriser.memorised.p).toBeLessThan(1e-6);
    expect(memoriser.memorised.p).toBeLessThan(heldOut.memorised.p);
    expect(memoriser.distinct.low).toBeLessThan(n);
    expect(memoriser.distinct.high).toBeGreaterThan(n);
  });

  it('the collapsed generator is precise, and fails in variety', () => {
    const { collapsed, heldOut } = verdicts;
    expect(collapsed.precision).toBeGreaterThan(0.9);
    expect(collapsed.coverage).toBeLessThan(0.1);
    expect(collapsed.recall).toBeLessThan(heldOut.recall / 4);
    expect(collapsed.distinct.high).toBeLessThan(5);
    expect(collapsed.frechet).toBeGreaterThan(10 * heldOut.frechet);
  });

  it('the noisy one varies and copies nothing, and fails in precision and specks', () => {
    const { noisy, heldOut } = verdicts;
    expect(noisy.precision).toBeLessThan(heldOut.precision / 2);
    expect(noisy.outliers).toBeGreaterThan(20 * Math.max(heldOut.outliers, 0.05));
    expect(noisy.detail).toBeGreaterThan(2 * heldOut.detail);
    expect(noisy.frechet).toBeGreaterThan(2 * heldOut.frechet);
    expect(noisy.memorised.closer).toBeLessThan(0.5);
    expect(noisy.distinct.distinct).toBe(Infinity);
  });

  it('the blurred one is without specks and copies nothing, and fails in detail and distance', () => {
    const { blurred, heldOut } = verdicts;
    expect(blurred.detail).toBeLessThan(heldOut.detail / 2);
    expect(blurred.outliers).toBe(0);
    expect(blurred.memorised.p).toBeGreaterThan(0.01);
    expect(blurred.coverage).toBeLessThan(heldOut.coverage / 2);
    expect(blurred.frechet).toBeGreaterThan(10 * heldOut.frechet);
  });

  it('the two distances agree that unseen data and its copies are best', () => {
    const order = (by: 'frechet' | 'kernel') =>
      (['heldOut', 'memoriser', 'collapsed', 'noisy', 'blurred'] as const)
        .slice()
        .sort((a, b) => verdicts[a][by] - verdicts[b][by]);
    expect(new Set(order('frechet').slice(0, 2))).toEqual(new Set(['heldOut', 'memoriser']));
    expect(new Set(order('kernel').slice(0, 2))).toEqual(new Set(['heldOut', 'memoriser']));
  });
});
