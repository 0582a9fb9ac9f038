import { beforeAll, describe, expect, it } from 'vitest';
import { classifier, ImageSet, key, Random, ready, tf, trainClassifier, uniform, type Images } from 'naive-diffusion';
import { shiftImages } from '../../lib/src/training/classifier.ts';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());

/** Noisy 8x8 pictures, bright at the left or right, and in the upper or the lower half. */
function halves(n: number, seed: number) {
  const random = new Random(seed);
  const pixels = new Uint8Array(n * 64);
  const labels = { side: new Uint8Array(n), half: new Uint8Array(n) };
  for (let i = 0; i < n; i++) {
    labels.side[i] = random.int(2);
    labels.half[i] = random.int(2);
    for (let p = 0; p < 64; p++) {
      const here = Number(p % 8 >= 4) === labels.side[i] && Number(p >= 32) === labels.half[i];
      pixels[i * 64 + p] = (here ? 120 : 0) + random.int(100);
    }
  }
  return { data: new ImageSet({ name: 'halves', height: 8, width: 8, channels: 1, pixels }), labels };
}

const network = () =>
  classifier({
    size: 8,
    channels: 1,
    widths: [8, 8],
    features: 8,
    heads: { side: ['left', 'right'], half: ['upper', 'lower'] },
  });

describe('trainClassifier', () => {
  it('learns all attributes at once, and leaves no tensor behind', async () => {
    const n = network();
    await expectNoLeak(async () => {
      const all = await lossesOf(
        trainClassifier({ network: n, ...halves(256, 1), steps: 60, batchSize: 32, rate: 0.01, shift: 1, noise: 0.02 }),
      );
      expect(all[0]).toBeCloseTo(2 * Math.log(2), 0); // two fair coins
      expect(all.at(-1)).toBeLessThan(0.2);
    });
    const { data, labels } = halves(200, 2);
    const images = data.images();
    const { scores } = n(images);
    for (const name of ['side', 'half'] as const) {
      const said = tf.argMax(scores[name], 1).dataSync();
      expect(said.filter((value, i) => value === labels[name][i]).length).toBeGreaterThan(190);
    }
    n.dispose();
  });

  it('refuses labels that do not fit', () => {
    const { data, labels } = halves(10, 4);
    const n = network();
    expect(() => trainClassifier({ network: n, data, labels: { side: labels.side }, steps: 1 })).toThrow(
      'trainClassifier: labels must hold half for each of the 10 images, got none',
    );
    expect(() => trainClassifier({ network: n, data, labels: { ...labels, half: [0] }, steps: 1 })).toThrow(
      'must hold half for each of the 10 images, got 1',
    );
    expect(() =>
      trainClassifier({ network: n, data, labels: { ...labels, half: labels.half.map(() => 2) }, steps: 1 }),
    ).toThrow('labels must hold half from 0 to 1, got 2');
    expect(() => trainClassifier({ network: n, data, labels, steps: 1, noise: -1 })).toThrow(
      'noise must be at least 0, got -1',
    );
    n.dispose();
  });
});

describe('shiftImages', () => {
  it('moves each image by whole pixels, repeating the border, by all amounts', async () => {
    const [n, h, w, c] = [60, 5, 6, 2];
    const images = tf.tidy(() => uniform<tf.Rank.R4>(key(1), [n, h, w, c])) as Images;
    const values = images.arraySync();
    const seen = new Set<string>();
    await expectNoLeak(() => {
      const result = tf.tidy(() => shiftImages(key(2), images, 1).arraySync());
      const clamp = (x: number, most: number) => Math.min(most, Math.max(0, x));
      for (let i = 0; i < n; i++) {
        const fits = [-1, 0, 1]
          .flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx]))
          .filter(([dy, dx]) =>
            result[i].every((row, y) =>
              row.every((pixel, x) =>
                pixel.every((v, k) => v === values[i][clamp(y + dy, h - 1)][clamp(x + dx, w - 1)][k]),
              ),
            ),
          );
        expect(fits.length).toBe(1);
        seen.add(fits[0].join());
      }
    });
    expect(seen.size).toBe(9);
    images.dispose();
  });
});
