import { beforeAll, describe, expect, it } from 'vitest';
import { batches, ImageSet, ready, type Batch } from 'naive-diffusion';
import { expectNoLeak } from '../support.ts';

beforeAll(() => ready());

/** `length` images of one pixel; image i has the byte and the label i. */
const counting = (length: number) =>
  new ImageSet({
    name: 'counting',
    height: 1,
    width: 1,
    channels: 1,
    pixels: Uint8Array.from({ length }, (_, i) => i),
    labels: Int32Array.from({ length }, (_, i) => i),
  });

const ordersOf = (turns: Iterable<Batch>) =>
  Array.from(turns, ({ epoch, indices }) => ({ epoch, indices: Array.from(indices) }));

describe('batches', () => {
  it.each([
    [1, 1],
    [7, 3],
    [9, 3],
    [10, 1],
    [5, 8],
    [200, 64],
  ])('of %i images in batches of %i: every image once an epoch, the last batch short', (length, size) => {
    const turns = ordersOf(batches(counting(length), { size, seed: 4, epochs: 3 }));
    for (let epoch = 0; epoch < 3; epoch++) {
      const own = turns.filter((turn) => turn.epoch === epoch);
      expect(own.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      const sizes = own.map(({ indices }) => indices.length);
      expect(sizes.slice(0, -1).every((n) => n === size)).toBe(true);
      expect(sizes.at(-1)).toBe(length % size || Math.min(size, length));
    }
    expect(turns.length).toBe(3 * Math.ceil(length / size));
  });

  it('gives images and labels that belong to the indices', () => {
    for (const { images, indices, labels } of batches(counting(20), { size: 6, seed: 1, epochs: 1 })) {
      expect(images.shape).toEqual([indices.length, 1, 1, 1]);
      expect(Array.from(images.dataSync(), (value) => Math.round(value * 255))).toEqual(Array.from(indices));
      expect(labels).toEqual(indices);
    }
  });

  it('has no labels where the set has none', () => {
    const set = new ImageSet({ name: '', height: 1, width: 1, channels: 1, pixels: new Uint8Array(2) });
    for (const { labels } of batches(set, { size: 2, seed: 0, epochs: 1 })) expect(labels).toBeUndefined();
  });

  it('repeats itself with the same seed, differs with another, and shuffles anew each epoch', () => {
    const run = (seed: number) => ordersOf(batches(counting(50), { size: 8, seed, epochs: 2 }));
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
    const [first, second] = [0, 1].map((epoch) =>
      run(7)
        .filter((turn) => turn.epoch === epoch)
        .flatMap(({ indices }) => indices),
    );
    expect(first).not.toEqual(second);
  });

  it.each([0, 1, 3, 4, 5, 8, 11, 12])('goes on after %i batches as if it had never stopped', (start) => {
    const all = ordersOf(batches(counting(14), { size: 4, seed: 2, epochs: 3 }));
    expect(ordersOf(batches(counting(14), { size: 4, seed: 2, epochs: 3, start }))).toEqual(all.slice(start));
  });

  it('goes on without end by default', () => {
    const turns = batches(counting(3), { size: 2, seed: 0 });
    for (let i = 0; i < 100; i++) expect(turns.next().done).toBe(false);
    turns.return();
  });

  it('puts every image in every place equally often', () => {
    // 400 epochs of 5 images: each count is binomial(400, 1/5) with standard deviation 8; five of those are allowed.
    const counts = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    for (const { indices } of batches(counting(5), { size: 5, seed: 3, epochs: 400 }))
      indices.forEach((image, place) => counts[image][place]++);
    for (const count of counts.flat()) expect(Math.abs(count - 80)).toBeLessThan(40);
  });

  it('leaves no tensor behind at the end, on break, and when the caller throws', async () => {
    const run = () => batches(counting(10), { size: 3, seed: 0, epochs: 2 });
    await expectNoLeak(() => ordersOf(run()));
    await expectNoLeak(() => {
      for (const { epoch } of run()) if (epoch === 1) break;
    });
    await expectNoLeak(() =>
      expect(() => {
        for (const { epoch } of run()) if (epoch === 1) throw new Error('stop');
      }).toThrow('stop'),
    );
  });

  it.each([
    [{ size: 0, seed: 0 }, 'batches: size must be a whole number of at least 1, got 0'],
    [{ size: 2.5, seed: 0 }, 'batches: size must be a whole number of at least 1, got 2.5'],
    [{ size: 2, seed: 0, epochs: 0 }, 'batches: epochs must be a whole number of at least 1, got 0'],
    [{ size: 2, seed: 0, start: -1 }, 'batches: start must be a whole number of at least 0, got -1'],
    [{ size: 2, seed: -1 }, 'seed must be a whole number of at least 0, got -1'],
  ])('checks %j when called, before the first turn', (options, message) => {
    expect(() => batches(counting(4), options)).toThrow(message);
  });

  it('refuses an empty set', () => {
    expect(() => batches(counting(0), { size: 1, seed: 0 })).toThrow(
      "batches: set must hold at least one image, 'counting' has none",
    );
  });
});
