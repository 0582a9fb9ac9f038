import { beforeAll, describe, expect, it } from 'vitest';
import { ImageSet, memorisation, nearestNeighbours, Random, ready, type Rows } from 'naive-diffusion';
import { gaussian, leaks, row, rows, tensor } from './synthetic.js';

beforeAll(() => ready());

/** All distances from `query`, sorted, each with its position: the definition. */
function byDefinition(query: number[], references: Rows) {
  return Array.from({ length: references.shape[0] }, (_, j) => ({
    j,
    distance: Math.hypot(...row(references, j).map((x, k) => x - query[k])),
  })).sort((a, b) => a.distance - b.distance || a.j - b.j);
}

describe('nearestNeighbours', () => {
  it('finds what the definition finds, the nearest first', async () => {
    const queries = gaussian(1, 40, 9);
    const references = gaussian(2, 300, 9);
    const { indices, distances, k } = await nearestNeighbours(queries, references, { k: 7 });
    expect(k).toBe(7);
    for (let i = 0; i < 40; i++) {
      const expected = byDefinition(row(queries, i), references).slice(0, 7);
      expect([...indices.subarray(i * 7, i * 7 + 7)]).toEqual(expected.map(({ j }) => j));
      expected.forEach(({ distance }, n) => expect(distances[i * 7 + n]).toBeCloseTo(distance, 12));
    }
  });

  it('is exact where |a|² + |b|² − 2ab has lost all its digits', async () => {
    // Two far clusters whose points differ by about 1e-3: squares of 2e4 in float32 are good to 1e-3, these need 1e-6.
    const references = gaussian(3, 200, 4, (x, _column, i) => (i % 2 ? 100 : -100) + 1e-3 * x);
    const queries = gaussian(4, 20, 4, (x, _column, i) => (i % 2 ? 100 : -100) + 1e-3 * x);
    const { indices, distances } = await nearestNeighbours(queries, references);
    for (let i = 0; i < 20; i++) {
      const [best] = byDefinition(row(queries, i), references);
      expect(indices[i]).toBe(best.j);
      expect(distances[i]).toBeCloseTo(best.distance, 12);
    }
  });

  it('goes on across blocks of queries and of references', async () => {
    const references = gaussian(5, 4100, 2);
    const queries = rows(
      references,
      Array.from({ length: 1030 }, (_, i) => 4099 - i),
    );
    const { indices, distances } = await nearestNeighbours(queries, references);
    expect([...indices]).toEqual(Array.from({ length: 1030 }, (_, i) => 4099 - i));
    expect(Math.max(...distances)).toBe(0);
  });

  it('gives equal distances in the order of their positions, and skips a point itself when asked', async () => {
    const points: Rows = { data: Float32Array.of(0, 0, 1, 1, 5), shape: [5, 1] };
    const { indices, distances } = await nearestNeighbours(points, points, { k: 2, excludeSelf: true });
    expect([...indices]).toEqual([1, 2, 0, 2, 3, 0, 2, 0, 2, 3]);
    expect([...distances]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 4, 4]);
  });

  it('copes with thousands of copies of a few points', async () => {
    const originals = gaussian(6, 3, 5);
    const references = rows(
      originals,
      Array.from({ length: 3000 }, (_, i) => i % 3),
    );
    const { indices } = await nearestNeighbours(originals, references, { k: 2 });
    expect([...indices]).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('takes tensors of images and images kept as bytes for the same thing', async () => {
    const random = new Random(7);
    const set = new ImageSet({
      name: 'noise',
      height: 4,
      width: 5,
      channels: 3,
      pixels: Uint8Array.from({ length: 50 * 60 }, () => random.int(256)),
    });
    const images = set.images([3, 14, 49]);
    const { indices, distances } = await nearestNeighbours(images, set);
    images.dispose();
    expect([...indices]).toEqual([3, 14, 49]);
    expect([...distances]).toEqual([0, 0, 0]);
  });

  it('says what is wrong before any work starts', () => {
    const points = gaussian(8, 5, 3);
    expect(() => nearestNeighbours(points, gaussian(8, 5, 4))).toThrow(
      'nearestNeighbours: queries and references must have points of one size, got 3 and 4 numbers',
    );
    expect(() => nearestNeighbours(points, points, { k: 6 })).toThrow(
      'nearestNeighbours: k must be a whole number from 1 to the 5 possible neighbours, got 6',
    );
    expect(() => nearestNeighbours(points, points, { k: 5, excludeSelf: true })).toThrow('the 4 possible neighbours');
    expect(() => nearestNeighbours({ data: Float32Array.of(1, NaN), shape: [2, 1] }, points)).toThrow(
      'nearestNeighbours: queries must hold finite numbers, got NaN in point 1',
    );
  });

  it('leaves no tensor behind', async () => {
    const points = gaussian(9, 30, 3);
    const features = tensor(points);
    expect(await leaks(() => nearestNeighbours(features, points, { k: 3 }))).toBe(0);
    expect(await leaks(() => expect(() => nearestNeighbours(features, points, { k: 31 })).toThrow())).toBe(0);
    features.dispose();
  });
});

describe('memorisation', () => {
  const train = gaussian(10, 500, 6);
  const heldOut = gaussian(11, 200, 6);

  it('finds a copyist out, and one that adds a little noise', async () => {
    const copies = rows(
      train,
      Array.from({ length: 100 }, (_, i) => 3 * i),
    );
    const { closer, p, samples } = await memorisation(copies, train, heldOut);
    expect(Math.max(...samples)).toBe(0);
    expect(closer).toBe(1);
    expect(p).toBeLessThan(1e-20);
    const random = new Random(12);
    const noisy: Rows = { data: copies.data.map((x) => x + 0.2 * random.normal()), shape: copies.shape };
    expect((await memorisation(noisy, train, heldOut)).p).toBeLessThan(1e-10);
  });

  it('rejects unseen data at the 5 % level about once in twenty times', async () => {
    let rejected = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { p } = await memorisation(
        gaussian(100 + seed, 40, 6),
        gaussian(300 + seed, 60, 6),
        gaussian(500 + seed, 40, 6),
      );
      if (p < 0.05) rejected++;
    }
    expect(rejected).toBeLessThanOrEqual(9); // P(more than 9 of 60 at 5 %) < 0.002
  });

  it('asks for 20 samples and for 20 held-out images', () => {
    expect(() => memorisation(gaussian(1, 19, 6), train, heldOut)).toThrow(
      'memorisation: samples must hold at least 20 points, got 19: with fewer, the rank test finds gross copying only',
    );
    expect(() => memorisation(heldOut, train, gaussian(1, 19, 6))).toThrow(
      'memorisation: heldOut must hold at least 20',
    );
  });
});
