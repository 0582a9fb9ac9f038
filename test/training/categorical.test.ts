import { beforeAll, describe, expect, it } from 'vitest';
import {
  batches,
  categoricalUnet,
  crossEntropy,
  fromPalette,
  ImageSet,
  key,
  ready,
  reveal,
  tf,
  toPalette,
  hide,
  trainCategorical,
  uniform,
  unet,
} from 'naive-diffusion';
import { lossesOf } from '../support.js';

beforeAll(() => ready());

const palette = [[0], [0.3], [0.6], [1]];
const build = () => categoricalUnet({ palette, size: 8, widths: [8, 16], dense: 8, groups: 4, embedding: 8, seed: 2 });

function data(length = 12): ImageSet {
  const images = uniform(key(4), [length, 8, 8, 1]);
  const pixels = Uint8Array.from(images.dataSync(), (v) => Math.round(v * 255));
  images.dispose();
  return new ImageSet({ name: 'noise', pixels, height: 8, width: 8, channels: 1 });
}

async function losses(options: Partial<Parameters<typeof trainCategorical>[0]> = {}): Promise<number[]> {
  const network = options.network ?? build();
  return lossesOf(
    trainCategorical({
      data: data(),
      steps: 10,
      batchSize: 5,
      seed: 3,
      ...options,
      network,
    }),
  );
}

describe('hide', () => {
  it('hides from one pixel to all, spread evenly over the batch, and weighs the hidden ones of an image by 1/number', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const { revealed, t, weights } = hide(key(5, i), [16, 4, 4]);
      const hidden = tf.sum(tf.sub(1, revealed), [1, 2, 3]).arraySync() as number[];
      hidden.forEach((n) => seen.add(n));
      // 16 images, 16 possible numbers: each occurs once, whatever the seed.
      expect([...hidden].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
      (t.arraySync() as number[]).forEach((level, b) => expect(level).toBeCloseTo(hidden[b] / 16, 6));
      const [w, shown] = [weights.dataSync(), revealed.dataSync()];
      w.forEach((weight, at) =>
        expect(weight).toBeCloseTo(shown[at] === 1 ? 0 : 1 / (16 * hidden[Math.floor(at / 16)]), 6),
      );
    }
    expect(seen.size).toBe(16);
  });

  it('hides every pixel as often as any other', () => {
    const { revealed } = hide(key(6), [4000, 3, 3]);
    const share = tf.mean(tf.sub(1, revealed), 0).dataSync(); // (1 + … + 9)/81 = 5/9, ± 0.008
    share.forEach((s) => expect(Math.abs(s - 5 / 9)).toBeLessThan(0.04));
  });
});

describe('trainCategorical', () => {
  it('takes the same steps as a plain loop', async () => {
    const network = build();
    const optimizer = tf.train.adam(1e-3);
    const plain: number[] = [];
    for (const { images } of batches(data(), { size: 5, seed: 3 })) {
      const colours = toPalette(images, palette);
      const { revealed, t, weights } = hide(key(3, plain.length), colours.shape);
      const z = reveal(fromPalette(colours, palette), revealed);
      plain.push(
        optimizer.minimize(() => crossEntropy(network(z, t), colours, weights), true, network.weights)!.dataSync()[0],
      );
      if (plain.length === 10) break;
    }
    const library = await losses();
    expect(library).toHaveLength(10);
    // The optimiser adds in another order: single precision, 10 steps.
    library.forEach((value, i) => expect(Math.abs(value - plain[i])).toBeLessThan(1e-4));
  });

  it('starts at the loss of equal chances, and learns the chances of colours that are independent', async () => {
    // Three in four pixels black, one in four white, at random: nothing to learn but that, an entropy of 0.562 nats.
    const coins = uniform(key(8), [64 * 64]);
    const pixels = Uint8Array.from(coins.dataSync(), (v) => (v < 0.75 ? 0 : 255));
    coins.dispose();
    const set = new ImageSet({ name: 'coins', pixels, height: 8, width: 8, channels: 1 });
    const seen = await losses({ data: set, steps: 200, batchSize: 16, rate: 3e-3 });
    expect(Math.abs(seen[0] - Math.log(4))).toBeLessThan(0.05);
    const end = seen.slice(-50).reduce((a, b) => a + b, 0) / 50;
    expect(Math.abs(end - 0.562)).toBeLessThan(0.05);
  });

  it('refuses what it cannot train, at the call', () => {
    const good = { network: build(), data: data(), steps: 1 };
    expect(() => trainCategorical({ ...good, steps: -1 })).toThrow(
      'trainCategorical: steps must be a whole number of at least 0, got -1',
    );
    expect(() => trainCategorical({ ...good, batchSize: 0 })).toThrow(
      'trainCategorical: batchSize must be a whole number of at least 1, got 0',
    );
    expect(() => trainCategorical({ ...good, network: unet() as never })).toThrow(
      'trainCategorical: network must have a palette',
    );
    const colour = new ImageSet({ name: 'colour', pixels: new Uint8Array(192), height: 8, width: 8, channels: 3 });
    expect(() => trainCategorical({ ...good, data: colour })).toThrow(
      'trainCategorical: data must be images of [8,8,1], as network takes them, got [8,8,3]',
    );
  });
});
