import { describe, expect, it } from 'vitest';
import { asSet, ImageSet, ready, tf, type Images } from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

await ready();
const white = (n: number) => tf.ones([n, 2, 2, 3]) as Images;
const grey = new ImageSet({ name: 'grey', height: 2, width: 2, channels: 3, pixels: new Uint8Array(12).fill(128) });

describe('asSet', () => {
  it('keeps images as bytes, rounded and clipped, and disposes of the tensor', async () => {
    await expectNoLeak(() => {
      const set = asSet(tf.tensor4d([-1, 0.5, 0.25, 2], [2, 2, 1, 1]), 'four');
      expect([...set.pixels]).toEqual([0, 128, 64, 255]);
      expect([set.length, ...set.shape, set.name]).toEqual([2, 2, 1, 1, 'four']);
    });
  });

  it('joins tensors and sets, one after another, and leaves the sets alone', async () => {
    await expectNoLeak(() => {
      const set = asSet([white(2), grey, white(1)]);
      expect(set.length).toBe(4);
      expect([...set.pixels.filter((_, i) => i % 12 === 0)]).toEqual([255, 255, 128, 255]);
      expect(asSet(grey).pixels).not.toBe(grey.pixels);
      expect(grey.pixels[0]).toBe(128);
    });
  });

  it('takes a function, and disposes of whatever that makes', async () => {
    await expectNoLeak(() => {
      const set = asSet(() => [white(1).mul(0.5).add(0.25) as Images, grey]);
      expect([set.length, set.pixels[0], set.pixels[12]]).toEqual([2, 191, 128]);
    });
  });

  it('refuses what is no images, other sizes and NaN, and leaves no tensor behind', async () => {
    await expectNoLeak(() => {
      expect(() => asSet([])).toThrow('asSet: images must be some, got an empty list');
      expect(() => asSet([grey, tf.zeros([2, 2]) as unknown as Images])).toThrow(
        'asSet: images must be [batch, height, width',
      );
      expect(() => asSet([grey, tf.zeros([1, 2, 2, 1]) as Images])).toThrow('one size, got 2×2×3 and 2×2×1');
      expect(() => asSet(() => white(1).mul(NaN) as Images)).toThrow('got NaN');
    });
  });
});
