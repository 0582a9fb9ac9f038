import { beforeAll, describe, expect, it } from 'vitest';
import { fitPalette, fromPalette, ImageSet, key, ready, tf, toPalette, uniform } from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

/** 20 images of 8×8 whose pixels are `colours` (bytes), in turn. */
function painted(colours: number[][], noise = 0): ImageSet {
  const random = uniform(key(3), [20 * 64 * 3]).dataSync();
  const pixels = Uint8Array.from(
    { length: 20 * 64 * 3 },
    (_, i) => colours[Math.floor(i / 3) % colours.length][i % 3] + Math.round(noise * (random[i] - 0.5)),
  );
  return new ImageSet({ name: 'painted', pixels, height: 8, width: 8, channels: 3 });
}

const four = [
  [200, 30, 30],
  [30, 200, 30],
  [30, 30, 200],
  [120, 120, 120],
];
const sorted = (palette: readonly (readonly number[])[]) =>
  palette.map((c) => c.map((v) => Math.round(255 * v))).sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe('fitPalette', () => {
  it('gives images with few colours exactly those', () => {
    expect(sorted(fitPalette(painted(four), { colours: 16 }))).toEqual(sorted(four.map((c) => c.map((v) => v / 255))));
  });

  it('finds the centres of clouds of colours', () => {
    const found = sorted(fitPalette(painted(four, 20), { colours: 4 }));
    sorted(four.map((c) => c.map((v) => v / 255))).forEach((centre, i) =>
      centre.forEach((v, c) => expect(Math.abs(found[i][c] - v)).toBeLessThan(2)),
    );
  });

  it('comes closer to the images with more colours, and is the same for the same seed', () => {
    const data = painted(
      Array.from({ length: 50 }, (_, i) => [5 * i, (37 * i) % 256, (91 * i) % 256]),
      5,
    );
    const error = (colours: number) =>
      tf.tidy(() => {
        const palette = fitPalette(data, { colours });
        return tf.losses
          .meanSquaredError(data.images(), fromPalette(toPalette(data.images(), palette), palette))
          .dataSync()[0];
      });
    expect(error(16)).toBeLessThan(0.5 * error(4));
    expect(fitPalette(data, { colours: 8, seed: 2 })).toEqual(fitPalette(data, { colours: 8, seed: 2 }));
  });

  it('refuses numbers out of range', () => {
    expect(() => fitPalette(painted(four), { colours: 1 })).toThrow(
      'fitPalette: colours must be a whole number of at least 2, got 1',
    );
    expect(() => fitPalette(painted(four), { pixels: 0.5 })).toThrow(
      'fitPalette: pixels must be a whole number of at least 1, got 0.5',
    );
  });
});

describe('toPalette and fromPalette', () => {
  const palette = [
    [0.1, 0.2, 0.3],
    [0.9, 0.8, 0.1],
    [0.5, 0.5, 0.5],
    [0.1, 0.9, 0.9],
    [0, 0, 0],
  ];

  it('choose the nearest colour, as a plain search does', () => {
    const images = uniform<tf.Rank.R4>(key(8), [3, 4, 5, 3]);
    const pixels = images.reshape([60, 3]).arraySync() as number[][];
    const nearest = pixels.map((p) =>
      palette
        .map((c) => c.reduce((sum, v, i) => sum + (v - p[i]) ** 2, 0))
        .reduce((best, d, k, all) => (d < all[best] ? k : best), 0),
    );
    const numbers = toPalette(images, palette);
    expect([numbers.dtype, numbers.shape]).toEqual(['int32', [3, 4, 5]]);
    expect([...numbers.dataSync()]).toEqual(nearest);
  });

  it('give a painted image back', () => {
    const numbers = tf.tensor3d([0, 4, 2, 3, 1, 1], [1, 2, 3], 'int32');
    const images = fromPalette(numbers, palette);
    expect(images.shape).toEqual([1, 2, 3, 3]);
    expect(difference(toPalette(images, palette), numbers)).toBe(0);
  });

  it('leak nothing, and refuse palettes that do not fit', async () => {
    const images = uniform<tf.Rank.R4>(key(8), [3, 4, 5, 3]);
    await expectNoLeak(() => {
      const numbers = toPalette(images, palette);
      tf.dispose([numbers, fromPalette(numbers, palette)]);
    });
    expect(() => toPalette(images, [[0.1], [0.2]])).toThrow(
      'toPalette: palette must hold 3 numbers from 0 to 1 for each colour, got [0.1]',
    );
    expect(() =>
      toPalette(images, [
        [0, 0, 0],
        [0, 2, 0],
      ]),
    ).toThrow('got [0,2,0]');
    expect(() => toPalette(images, [[0, 0, 0]])).toThrow('toPalette: palette must hold at least two colours, got 1');
  });
});
