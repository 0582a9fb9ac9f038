import { beforeAll, expect, test } from 'vitest';
import { grid, ImageSet, ready, tf } from 'naive-diffusion';
import { CANVAS_FAMILY, loadFont } from '../../lib/src/display/theme.js';
import { expectNoLeak } from '../support.js';
import { decode, ink, pixel } from './support.js';
import { GlobalFonts } from 'canvas';

beforeAll(() => ready());

/** Two 2×2 images in three colours: every value differs. */
const values = Float32Array.from({ length: 24 }, (_, i) => i / 23);
const byte = (i: number) => Math.round(255 * values[i]);

test('each pixel becomes a square of whole pixels, exact to the byte', async () => {
  const images = tf.tensor4d(values, [2, 2, 2, 3]);
  const picture = grid(images, { scale: 3, padding: 1, columns: 2 });
  images.dispose();
  expect([picture.width, picture.height]).toEqual([13, 6]);
  for (const canvas of [picture.canvas, await decode(picture.png())]) {
    for (let x = 0; x < 13; x++) {
      for (let y = 0; y < 6; y++) {
        const image = x < 6 ? 0 : 1;
        const at = 12 * image + 6 * Math.floor(y / 3) + 3 * Math.floor((x - 7 * image) / 3);
        expect(pixel(canvas, x, y)).toEqual(x === 6 ? [255, 255, 255] : [byte(at), byte(at + 1), byte(at + 2)]);
      }
    }
  }
});

test('one channel is grey, a fourth is opacity over white', () => {
  const grey = tf.tensor4d([0.2], [1, 1, 1, 1]);
  const half = tf.tensor4d([1, 0, 0, 0], [1, 1, 1, 4]);
  expect(pixel(grid(grey, { scale: 1 }).canvas, 0, 0)).toEqual([51, 51, 51]);
  expect(pixel(grid(half, { scale: 1 }).canvas, 0, 0)).toEqual([255, 255, 255]);
  tf.dispose([grey, half]);
});

test('values are clipped to [0, 1]', () => {
  const images = tf.tensor4d([-3, 7, -1e30, 1e30], [4, 1, 1, 1]);
  const { canvas } = grid(images, { scale: 1, padding: 0 });
  images.dispose();
  expect([0, 1, 2, 3].map((x) => pixel(canvas, x, 0)[0])).toEqual([0, 255, 0, 255]);
});

test('what is no colour is refused, in the images that are drawn', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const images = tf.tensor4d([0, 0, bad], [3, 1, 1, 1]);
    expect(() => grid(images)).toThrow(`grid: images must hold finite numbers, got ${bad} in image 2`);
    expect(grid(images, { limit: 2, scale: 1, padding: 0 }).width).toBe(2);
    images.dispose();
  }
});

test('no memory is taken for a picture that is too large', () => {
  const images = tf.zeros([300, 64, 64, 1]) as tf.Tensor4D;
  expect(() => grid(images, { scale: 1000 })).toThrow(
    'grid: the picture may have 32767 pixels on a side and 134217728 in all, got',
  );
  images.dispose();
});

test('a single image may come without the batch axis', () => {
  const image = tf.zeros([4, 5, 3]) as tf.Tensor3D;
  const { width, height } = grid(image, { scale: 2 });
  image.dispose();
  expect([width, height]).toEqual([10, 8]);
});

test('labels, titles and captions are written, outside the images', () => {
  const images = tf.ones([6, 32, 32, 1]) as tf.Tensor4D;
  const bare = grid(images, { columns: 3, scale: 2 });
  const full = grid(images, {
    columns: 3,
    scale: 2,
    rowLabels: ['first', 'second'],
    columnLabels: ['a', 'b', 0.5],
    title: 'Title',
    caption: 'Caption.',
  });
  images.dispose();
  expect(ink(bare.canvas, 0, 0, bare.width, bare.height)).toBe(0);
  expect(full.width).toBeGreaterThan(bare.width);
  const top = full.height - 10 - (2 * 64 + 2); // where the images begin
  expect(ink(full.canvas, 0, 0, full.width, top)).toBeGreaterThan(200);
  expect(ink(full.canvas, 0, top, 60, 64)).toBeGreaterThan(20);
  expect(ink(full.canvas, 0, top + 66, 60, 64)).toBeGreaterThan(20);
});

test('labels below images make columns as wide as their longest word', () => {
  const images = tf.ones([2, 8, 8, 1]) as tf.Tensor4D;
  const picture = grid(images, { scale: 1, labels: ['incomprehensibilities', 'b'] });
  images.dispose();
  expect(picture.width).toBeGreaterThan(200);
});

test('the typeface is brought along', () => {
  loadFont();
  expect(GlobalFonts.families.map(({ family }) => family)).toContain(CANVAS_FAMILY);
});

test('64 images make 8 rows of 8, and a last row is ragged only where it must be', () => {
  const count = (n: number) => {
    const images = tf.zeros([n, 1, 1, 1]) as tf.Tensor4D;
    const { width, height } = grid(images, { scale: 1, padding: 0 });
    images.dispose();
    return [width, height];
  };
  expect([64, 20, 17, 5, 256].map(count)).toEqual([
    [8, 8],
    [10, 2],
    [8, 3],
    [5, 1],
    [16, 16],
  ]);
});

test('of a set the first 64 images are drawn', () => {
  const set = new ImageSet({ name: 'noise', height: 2, width: 2, channels: 1, pixels: new Uint8Array(400) });
  expect(grid(set, { scale: 1, padding: 0 }).width).toBe(16);
  expect(grid(set, { scale: 1, padding: 0, limit: 3 }).width).toBe(6);
});

test('wrong arguments are named', () => {
  const images = tf.zeros([4, 8, 8, 1]) as tf.Tensor4D;
  const two = tf.zeros([4, 8, 8, 2]) as tf.Tensor4D;
  expect(() => grid(two)).toThrow('grid: images must have 1, 3 or 4 channels to be shown, got 2 in [4,8,8,2]');
  expect(() => grid([images] as never)).toThrow('grid: images must be a tensor of images, got an array of 1');
  expect(() => grid(images, { scale: 1.5 })).toThrow('grid: scale must be a whole number of at least 1, got 1.5');
  expect(() => grid(images, { columns: 0 })).toThrow('grid: columns must be');
  expect(() => grid(images, { columns: 2, rowLabels: ['a'] })).toThrow('grid: rowLabels must have 2 entries, got 1');
  expect(() => grid(images, { labels: ['a'] })).toThrow('grid: labels must have 4 entries, got 1');
  tf.dispose([images, two]);
  expect(() => grid(images)).toThrow('grid: images must not be disposed of before they are drawn');
});

test('no tensor is left behind', async () => {
  const set = new ImageSet({ name: 'noise', height: 2, width: 2, channels: 3, pixels: new Uint8Array(120) });
  await expectNoLeak(() => grid(set));
  await expectNoLeak(() => {
    expect(() => grid(set, { rowLabels: [], columns: 2 })).toThrow();
  });
});
