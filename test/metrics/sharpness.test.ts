import { beforeAll, describe, expect, it } from 'vitest';
import { highFrequencyShare, ImageSet, isolatedOutliers, Random, ready, tf } from 'naive-diffusion';
import fixture from './fixtures/spectra.json';
import { leaks } from './synthetic.js';

beforeAll(() => ready());

/** One grey image, from its pixels. */
const picture = (rows: number[][]) => tf.tensor4d(rows.flat(), [1, rows.length, rows[0].length, 1]);
const wave = (size: number, halfCycles: number) =>
  picture(
    Array.from({ length: size }, () =>
      Array.from({ length: size }, (_, x) => 0.5 + 0.5 * Math.cos((Math.PI * halfCycles * (x + 0.5)) / size)),
    ),
  );

describe('highFrequencyShare', () => {
  it.each(fixture)("agrees with scipy's cosine transform: $shape", ({ shape, cutoff, image, share }) => {
    const images = tf.tensor4d(image, shape as [number, number, number, number]);
    expect(Math.abs(highFrequencyShare(images, { cutoff }).share - share)).toBeLessThan(1e-5);
    images.dispose();
  });

  it('finds a wave on its side of the cut-off, and nothing in an image of one colour', () => {
    const images = tf.concat([wave(16, 7), wave(16, 9), tf.fill([1, 16, 16, 1], 0.25) as tf.Tensor4D]);
    const { each } = highFrequencyShare(images); // half of the highest frequency: 8 half cycles
    expect(each[0]).toBeCloseTo(0, 6);
    expect(each[1]).toBeCloseTo(1, 6);
    expect(each[2]).toBe(0);
    images.dispose();
  });

  it('does not take the difference of opposite borders for detail', () => {
    const ramp = picture(Array.from({ length: 16 }, () => Array.from({ length: 16 }, (_, x) => x / 15)));
    expect(highFrequencyShare(ramp).share).toBeLessThan(0.001);
    ramp.dispose();
  });

  it('gives an image the same share alone and among a thousand others', () => {
    const random = new Random(1);
    const set = new ImageSet({
      name: 'noise',
      height: 8,
      width: 8,
      channels: 1,
      pixels: Uint8Array.from({ length: 600 * 64 }, () => random.int(256)),
    });
    const { each, share } = highFrequencyShare(set);
    const alone = set.images([599]);
    expect(each[599]).toBeCloseTo(highFrequencyShare(alone).share, 5);
    alone.dispose();
    // White noise has equal energy at all 63 frequencies but zero.
    const above = Array.from({ length: 64 }, (_, i) => Math.hypot((i % 8) / 8, (i >> 3) / 8)).filter(
      (f) => f > 0.5,
    ).length;
    expect(Math.abs(share - above / 63)).toBeLessThan(0.01);
  });

  it('says what is wrong and leaves no tensor behind', async () => {
    const images = wave(8, 1);
    expect(() => highFrequencyShare(images, { cutoff: 1 })).toThrow(
      'highFrequencyShare: cutoff must lie between 0 and 1, got 1',
    );
    expect(() =>
      highFrequencyShare(
        picture([
          [1, 0],
          [0, 1],
        ]),
      ),
    ).toThrow('highFrequencyShare: images must hold at least one image of at least 4x4 pixels, got 1 of 2x2x1');
    expect(await leaks(() => highFrequencyShare(images))).toBe(0);
    images.dispose();
  });
});

describe('isolatedOutliers', () => {
  const count = (rows: number[][], options?: { threshold?: number; alike?: number }) => {
    const images = picture(rows);
    const { mean } = isolatedOutliers(images, options);
    images.dispose();
    return mean;
  };

  it('counts single pixels, in the middle, at borders and in corners', () => {
    expect(
      count([
        [0, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
      ]),
    ).toBe(1);
    expect(
      count([
        [1, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 1, 0, 0],
      ]),
    ).toBe(3);
    expect(
      count([
        [0, 0, 0, 0],
        [0, 0.25, 0, 0],
        [0, 0, 0, 0],
      ]),
    ).toBe(0);
  });

  it('leaves lines and areas alone', () => {
    expect(
      count([
        [0, 0, 0, 0],
        [1, 1, 1, 1],
        [0, 0, 0, 0],
      ]),
    ).toBe(0);
    expect(
      count([
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [0, 1, 0, 0],
      ]),
    ).toBe(0);
  });

  it('counts pairs as well when one neighbour may be alike', () => {
    const pair = [
      [0, 0, 0, 0, 0],
      [0, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
    ];
    expect(count(pair)).toBe(0);
    expect(count(pair, { alike: 1 })).toBe(2);
  });

  it('sees a speck of another colour, and averages over images', () => {
    const set = new ImageSet({
      name: 'specks',
      height: 3,
      width: 3,
      channels: 3,
      pixels: new Uint8Array(2 * 27).fill(90),
    });
    set.pixels[27 + 12 + 2] = 255; // the blue of the middle of the second image
    const { mean, each } = isolatedOutliers(set);
    expect([...each]).toEqual([0, 1]);
    expect(mean).toBe(0.5);
  });

  it('says what is wrong and leaves no tensor behind', async () => {
    const images = wave(8, 1);
    expect(() => isolatedOutliers(images, { threshold: 0 })).toThrow(
      'isolatedOutliers: threshold must lie between 0 and 1, got 0',
    );
    expect(() => isolatedOutliers(images, { alike: 8 })).toThrow(
      'isolatedOutliers: alike must be a whole number from 0 to 7, got 8',
    );
    expect(await leaks(() => isolatedOutliers(images))).toBe(0);
    images.dispose();
  });
});
