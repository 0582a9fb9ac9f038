import { describe, expect, it } from 'vitest';
import {
  categoricalUnet,
  ImageSet,
  paletteBits,
  Random,
  ready,
  tf,
  type CategoricalDenoiser,
  type Images,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

await ready();

const palette = [[0], [1]];
/** A probability for each picture of 2×2 pixels in black and white; bit k of its number is pixel k. */
const random = new Random(7);
const raw = Array.from({ length: 16 }, () => random.uniform() ** 2);
const chances = raw.map((value) => value / raw.reduce((a, b) => a + b));

/** Whether a picture is one in which these pixels are revealed so. */
function fits(picture: number, values: number[], shown: number[]): boolean {
  return shown.every((isShown, k) => !isShown || ((picture >> k) & 1) === values[k]);
}

/** The probabilities of each pixel given those that are revealed, by counting pictures. */
const knowing: CategoricalDenoiser = Object.assign(
  (z: Images) => {
    const numbers = z.dataSync();
    const logits: number[] = [];
    for (let i = 0; i < z.shape[0]; i++) {
      const values = [0, 1, 2, 3].map((k) => Math.round(numbers[8 * i + 2 * k]));
      const shown = [0, 1, 2, 3].map((k) => numbers[8 * i + 2 * k + 1]);
      for (let k = 0; k < 4; k++) {
        const share = [0, 1].map((colour) =>
          chances.reduce(
            (sum, chance, picture) =>
              sum + (fits(picture, values, shown) && ((picture >> k) & 1) === colour ? chance : 0),
            0,
          ),
        );
        logits.push(...share.map((p) => Math.log(Math.max(p, 1e-30))));
      }
    }
    return tf.tensor4d(logits, [z.shape[0], 2, 2, 2]);
  },
  { palette, weights: [] },
);

describe('paletteBits', () => {
  it('is −log₂ p of each picture, for a model that knows the probabilities of all of them', async () => {
    const pixels = Uint8Array.from({ length: 64 }, (_, i) => (((i >> 2) >> (i & 3)) & 1 ? 255 : 0));
    const data = new ImageSet({ name: 'all', height: 2, width: 2, channels: 1, pixels });
    const { images } = await paletteBits({ network: knowing, data, looks: 600, batchSize: 16 });
    const sum = images.reduce((total, bits) => total + 2 ** (-4 * bits), 0);
    expect(Math.abs(sum - 1)).toBeLessThan(0.1);
    images.forEach((bits, picture) => {
      // The cost of a pixel spreads by some bits: over 600 looks their mean is right to about 0.08.
      expect(Math.abs(4 * bits + Math.log2(chances[picture]))).toBeLessThan(0.35);
    });
  });

  it('leaves no tensor behind, runs compiled with a network, and repeats itself', async () => {
    const shape = { size: 4, widths: [8], blocks: 1, groups: 4, embedding: 4, dense: 0 };
    const network = categoricalUnet({
      ...shape,
      palette: [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 1],
      ],
    });
    const pixels = Uint8Array.from({ length: 5 * 48 }, (_, i) => (i * 37) % 256);
    const data = new ImageSet({ name: 'some', height: 4, width: 4, channels: 3, pixels });
    await expectNoLeak(async () => {
      const first = await paletteBits({ network, data, looks: 3, batchSize: 2 });
      expect((await paletteBits({ network, data, looks: 3, batchSize: 2 })).total).toBe(first.total);
      expect(first.interval.low).toBeLessThan(first.total);
    });
    network.dispose();
  });

  it('refuses what it cannot count', async () => {
    const data = new ImageSet({ name: 'one', height: 2, width: 2, channels: 1, pixels: new Uint8Array(4) });
    await expect(paletteBits({ network: {} as never, data })).rejects.toThrow('network must have a palette');
    await expect(paletteBits({ network: knowing, data, looks: 0 })).rejects.toThrow('looks must be a whole number');
    const none = new ImageSet({ name: 'none', height: 2, width: 2, channels: 1, pixels: new Uint8Array(0) });
    await expect(paletteBits({ network: knowing, data: none })).rejects.toThrow('data must hold at least one image');
  });
});
