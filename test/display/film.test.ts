import { beforeAll, expect, test } from 'vitest';
import { animate, strip, scrubber, ready, tf, type Images, type Turn } from 'naive-diffusion';
import { levelLabel, spread } from '../../lib/src/display/frames.js';
import { expectNoLeak } from '../support.js';
import { decode, pixel } from './support.js';
import { decodeGif } from './gif-decoder.js';

beforeAll(() => ready());

/** `count` moments of two 2×2 images: moment i is grey i / (count − 1), the second image is its negative. */
const moments = (count: number): Images[] =>
  Array.from({ length: count }, (_, i) =>
    tf.tidy(() => {
      const grey = tf.fill([1, 2, 2, 1], i / (count - 1));
      return tf.concat([grey, tf.sub(1, grey)]) as Images;
    }),
  );

test('a strip shows evenly spread moments from the first to the last, one row for each image', () => {
  const frames = moments(31);
  const { canvas, width, height } = strip(frames, { columns: 4, scale: 1, padding: 0 });
  tf.dispose(frames);
  expect([width, height]).toEqual([8, 4]);
  expect([0, 2, 4, 6].map((x) => pixel(canvas, x, 0)[0])).toEqual([0, 85, 170, 255]);
  expect([0, 2, 4, 6].map((x) => pixel(canvas, x, 2)[0])).toEqual([255, 170, 85, 0]);
});

test('one batch is one row of moments', () => {
  const frames = tf.zeros([5, 2, 2, 3]) as Images;
  const { width, height } = strip(frames, { scale: 1, padding: 0 });
  frames.dispose();
  expect([width, height]).toEqual([10, 2]);
});

test("a sampler's turns are labelled with their levels; x0 can be shown instead of z", () => {
  const z = tf.zeros([1, 32, 32, 1]) as Images;
  const x0 = tf.ones([1, 32, 32, 1]) as Images;
  const turns: Turn[] = [
    { t: 1, z, x0 },
    { t: 0.5, z, x0 },
  ];
  const bare = strip([z, z], { scale: 2 });
  const labelled = strip(turns, { scale: 2 });
  expect(labelled.height).toBeGreaterThan(bare.height);
  expect(pixel(labelled.canvas, 40, labelled.height - 20)).toEqual([0, 0, 0]);
  expect(pixel(strip(turns, { scale: 2, part: 'x0' }).canvas, 40, labelled.height - 20)).toEqual([255, 255, 255]);
  expect(() => strip([{ t: 1, z }], { part: 'x0' })).toThrow(
    "strip: part must be one that the sampler yields, got 'x0'",
  );
  tf.dispose([z, x0]);
});

test('levels are written short', () => {
  expect([1, 0.5, 1 / 3, 0].map(levelLabel)).toEqual([
    't\u00a0=\u00a01',
    't\u00a0=\u00a00.5',
    't\u00a0=\u00a00.33',
    't\u00a0=\u00a00',
  ]);
});

test('spread keeps both ends and all where there are few', () => {
  expect(spread(10, 4)).toEqual([0, 3, 6, 9]);
  expect(spread(3, 12)).toEqual([0, 1, 2]);
  expect(spread(5, 1)).toEqual([4]);
});

test('an animation has every frame, its colours and its timing', async () => {
  const frames = moments(5);
  const gif = animate(frames, { scale: 2, padding: 0, columns: 2, delay: 50, hold: 900 });
  tf.dispose(frames);
  const decoded = decodeGif(gif.bytes);
  expect([decoded.width, decoded.height, gif.width, gif.height, gif.length]).toEqual([8, 4, 8, 4, 5]);
  expect(decoded.loops).toBe(true);
  expect(decoded.frames.map(({ delay }) => delay)).toEqual([50, 50, 50, 50, 900]);
  decoded.frames.forEach(({ pixels }, i) => {
    const grey = Math.round((255 * i) / 4);
    expect(pixels[0]).toEqual([grey, grey, grey]);
    const negative = Math.round(255 * (1 - i / 4));
    expect(pixels[7]).toEqual([negative, negative, negative]);
  });
});

test('more than 256 colours are reduced, not refused', () => {
  const noise = tf.randomUniform([2, 20, 20, 3], 0, 1, 'float32', 1) as Images;
  const { frames } = decodeGif(animate(noise, { scale: 1 }).bytes);
  const red = noise.dataSync().filter((_, i) => i < 1200 && i % 3 === 0);
  noise.dispose();
  const off = frames[0].pixels.map(([r], i) => Math.abs(r / 255 - red[i]));
  expect(off.reduce((a, b) => a + b) / off.length).toBeLessThan(0.08);
});

test('a scrubber has a picture and a slider position for each frame', async () => {
  const frames = moments(4);
  const { json } = scrubber(frames, { labels: [0, 0.5, 1, 'end'], start: 2, title: 'There and back' });
  tf.dispose(frames);
  expect(json.frames).toHaveLength(4);
  const [slider] = json.layout.sliders as { active: number; steps: { label: string; args: unknown[][] }[] }[];
  expect(slider.active).toBe(2);
  expect(slider.steps.map(({ label }) => label.replaceAll('\u00a0', ' '))).toEqual([
    't = 0',
    't = 0.5',
    't = 1',
    'end',
  ]);
  expect(slider.steps.map(({ args }) => (args[0] as unknown[])[0])).toEqual(['0', '1', '2', '3']);
  const sources = json.frames!.map((frame) => (frame as { data: { source: string }[] }).data[0].source);
  expect((json.data[0] as { source: string }).source).toBe(sources[2]);
  const canvas = await decode(Buffer.from(sources[1].split(',')[1], 'base64'));
  expect([canvas.width, canvas.height]).toEqual([5, 2]);
  expect([pixel(canvas, 0, 0), pixel(canvas, 2, 0), pixel(canvas, 3, 0)]).toEqual([
    [85, 85, 85],
    [255, 255, 255],
    [170, 170, 170],
  ]);
});

test('wrong frames are named', () => {
  const a = tf.zeros([1, 2, 2, 1]) as Images;
  const b = tf.zeros([1, 3, 3, 1]) as Images;
  expect(() => strip([])).toThrow(
    'strip: frames must be a tensor of images or an array of at least one, got an empty array',
  );
  expect(() => strip([a, b])).toThrow('strip: frames must all have the same shape, got [1,2,2,1] and [1,3,3,1]');
  expect(() => strip([a], { labels: [1, 2] })).toThrow('strip: labels must have 1 entries, one for each frame, got 2');
  expect(() => animate([a, b])).toThrow('animate: frames must all have the same shape');
  expect(() => scrubber([a], { start: 1 })).toThrow('scrubber: start must be below the 1 frames, got 1');
  tf.dispose([a, b]);
});

test('no tensor is left behind', async () => {
  const frames = moments(3);
  await expectNoLeak(() => {
    strip(frames);
    animate(frames);
    scrubber(frames);
  });
  tf.dispose(frames);
});
