import { beforeAll, describe, expect, it } from 'vitest';
import { ImageSet, ready } from 'naive-diffusion';
import { expectNoLeak } from '../support.ts';

beforeAll(() => ready());

/** Five images 2x3 with 2 channels, whose bytes count up. */
const five = () =>
  new ImageSet({
    name: 'five',
    height: 2,
    width: 3,
    channels: 2,
    pixels: Uint8Array.from({ length: 60 }, (_, i) => i * 4),
    labels: Int32Array.of(5, 6, 7, 8, 9),
  });

describe('ImageSet', () => {
  it('turns bytes into float32 from 0 to 1, in the order asked for', () => {
    const images = five().images([3, 0, 3]);
    expect(images.shape).toEqual([3, 2, 3, 2]);
    expect(images.dtype).toBe('float32');
    const expected = [3, 0, 3].flatMap((row) =>
      Array.from({ length: 12 }, (_, i) => Math.fround(((row * 12 + i) * 4) / 255)),
    );
    expect(Array.from(images.dataSync())).toEqual(expected);
    images.dispose();
  });

  it('maps 0 to exactly 0 and 255 to exactly 1', () => {
    const images = new ImageSet({ name: '', height: 1, width: 2, channels: 1, pixels: Uint8Array.of(0, 255) }).images();
    expect(Array.from(images.dataSync())).toEqual([0, 1]);
    images.dispose();
  });

  it.each([
    [undefined, 5],
    [{ start: 2 }, 3],
    [{ end: 2 }, 2],
    [{ start: 1, end: 4 }, 3],
    [{ start: 5 }, 0],
    [[], 0],
    [Int32Array.of(4), 1],
  ])('chooses %j', (which, count) => {
    const images = five().images(which);
    expect(images.shape[0]).toBe(count);
    images.dispose();
    expect(five().subset(which ?? {}).length).toBe(count);
  });

  it('makes a subset with copies of pixels and labels', () => {
    const whole = five();
    const part = whole.subset([4, 1], 'two');
    expect([part.name, part.length, Array.from(part.labels!)]).toEqual(['two', 2, [9, 6]]);
    part.pixels.fill(0);
    part.labels!.fill(0);
    expect(whole.pixels[4 * 12]).toBe(192);
    expect(whole.labels![4]).toBe(9);
    expect(whole.subset([0]).name).toBe('five');
  });

  it('leaves no tensor behind', () =>
    expectNoLeak(() => {
      five().images().dispose();
      expect(() => five().images([5])).toThrow();
    }));

  it.each([
    [() => five().images([5]), 'images: indices must be whole numbers from 0 to 4, got 5'],
    [() => five().images([-1]), 'images: indices must be whole numbers from 0 to 4, got -1'],
    [() => five().images([0.5]), 'images: indices must be whole numbers from 0 to 4, got 0.5'],
    [
      () => five().images({ start: 3, end: 2 }),
      'images: start and end must satisfy 0 <= start <= end <= 5, got 3 and 2',
    ],
    [() => five().images({ end: 6 }), 'images: start and end must satisfy 0 <= start <= end <= 5, got 0 and 6'],
    [() => five().subset([9]), 'subset: indices must be whole numbers from 0 to 4, got 9'],
    [
      () => new ImageSet({ name: '', height: 2, width: 2, channels: 1, pixels: new Uint8Array(9) }),
      'ImageSet: pixels must hold a whole number of 2x2x1 images, got 9 values',
    ],
    [
      () => new ImageSet({ name: '', height: 0, width: 2, channels: 1, pixels: new Uint8Array(8) }),
      'ImageSet: height, width and channels must be positive whole numbers, got 0, 2, 1',
    ],
    [
      () =>
        new ImageSet({
          name: '',
          height: 2,
          width: 2,
          channels: 1,
          pixels: new Uint8Array(8),
          labels: new Int32Array(3),
        }),
      'ImageSet: labels must have one number for each of the 2 images, got 3',
    ],
  ])('says what is wrong (%#)', (act, message) => expect(act).toThrow(message));
});
