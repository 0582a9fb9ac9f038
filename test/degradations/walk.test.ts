import { beforeAll, describe, expect, it } from 'vitest';
import { binomialNoise, binomialWalk, key, ready, tf, type Images } from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const grey = (shape: [number, number, number, number]): Images => tf.fill(shape, 0.5);

describe('binomialWalk', () => {
  it('changes exactly k pixels of every image, to black or white, the same in all channels', () => {
    const images = grey([8, 16, 12, 3]);
    const next = binomialWalk({ pixels: 10 }).step(key(1), images).arraySync();
    for (const image of next) {
      const changed = image.flat().filter((pixel) => pixel[0] !== 0.5);
      expect(changed).toHaveLength(10);
      for (const pixel of changed)
        expect([
          [0, 0, 0],
          [1, 1, 1],
        ]).toContainEqual(pixel);
    }
  });

  it('picks other pixels for each image and with each key, the same with the same key', () => {
    const images = grey([2, 16, 16, 1]);
    const walk = binomialWalk({ pixels: 20 });
    const [a, b, c] = [walk.step(key(1), images), walk.step(key(1), images), walk.step(key(2), images)];
    expect(difference(a, b)).toBe(0);
    expect(difference(a, c)).toBeGreaterThan(0);
    const [first, second] = a.unstack();
    expect(difference(first, second)).toBeGreaterThan(0);
  });

  it('leaves a share of (1 − k/n)^t pixels intact after t steps', () => {
    const walk = binomialWalk({ pixels: 32 });
    let z = grey([64, 32, 32, 1]);
    for (let t = 0; t < 60; t++) {
      const next = walk.step(key(5, t), z);
      z.dispose();
      z = next;
    }
    const intact = tf.tidy(() => tf.mean(tf.cast(tf.equal(z, 0.5), 'float32')).dataSync()[0]);
    const expected = (1 - 32 / 1024) ** 60;
    // 65,536 pixels, nearly independent: five standard errors.
    expect(Math.abs(intact - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / 65_536));
  });

  it('turns as many pixels white as black', () => {
    const z = binomialWalk({ pixels: 1024 }).step(key(9), grey([64, 32, 32, 1]));
    expect(Math.abs(z.mean().dataSync()[0] - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(65_536));
  });

  it('refuses impossible numbers of pixels', () => {
    expect(() => binomialWalk({ pixels: 0 })).toThrow('pixels must be a whole number of at least 1, got 0');
    expect(() => binomialWalk({ pixels: 17 }).step(key(1), grey([1, 4, 4, 1]))).toThrow(
      'pixels must be at most 16 for images of 4×4, got 17',
    );
  });

  it('leaks no tensors', async () => {
    const images = grey([2, 8, 8, 1]);
    const seed = key(1);
    await expectNoLeak(() => binomialWalk({ pixels: 3 }).step(seed, images).dispose());
    await expectNoLeak(() => binomialNoise(seed, [2, 8, 8, 3]).dispose());
  });
});

describe('binomialNoise', () => {
  it('is black or white with probability one half, the same in all channels', () => {
    const z = binomialNoise(key(3), [16, 32, 32, 3]);
    const values = z.arraySync().flat(2);
    expect(values.every(([r, g, b]) => r === g && g === b && (r === 0 || r === 1))).toBe(true);
    const share = values.filter(([r]) => r === 1).length / values.length;
    expect(Math.abs(share - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(values.length));
  });
});
