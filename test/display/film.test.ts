import { beforeAll, expect, test } from 'vitest';
import { animate, loadFaces, strip, scrubber, ready, tf, type Images, type Turn } from 'naive-diffusion';
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
  const gif = await animate(frames, { scale: 2, padding: 0, columns: 2, delay: 50, hold: 900 });
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

/** The root mean square error of a GIF's frames, of 255. */
async function errorOf(images: Images): Promise<number> {
  const gif = await animate(images, { scale: 1 });
  const wanted = Array.from(images.dataSync(), (value) => 255 * value);
  const got = decodeGif(gif.bytes).frames.flatMap(({ pixels }) => pixels.flat());
  expect(got.length).toBe(wanted.length);
  return Math.sqrt(wanted.reduce((sum, value, i) => sum + (value - got[i]) ** 2, 0) / wanted.length);
}

test('more than 256 colours are reduced to those that come near', async () => {
  const noise = tf.randomUniform([2, 48, 48, 3], 0, 1, 'float32', 1) as Images;
  // 256 colours in a regular lattice, 6.35 to a side, would be off by 255 / 6.35 / √12 = 11.6
  expect(await errorOf(noise)).toBeLessThan(13);
  // Few hues: red from 0.5 to 0.6, green from 0.4 to 0.5, as in a smooth face. Boxes 16 wide would make steps of it.
  const smooth = tf.tidy(() => {
    const ramp = tf.range(0, 48).div(470);
    const red = tf.add(ramp.reshape([1, 48, 1, 1]), 0.5).tile([1, 1, 48, 1]);
    const green = tf.add(ramp.reshape([1, 1, 48, 1]), 0.4).tile([1, 48, 1, 1]);
    return tf.concat([red, green, tf.fill([1, 48, 48, 1], 0.3)], 3) as Images;
  });
  expect(await errorOf(smooth)).toBeLessThan(1.5);
  const faces = (await loadFaces({ limit: 16 })).images();
  expect(await errorOf(faces)).toBeLessThan(2);
  tf.dispose([noise, smooth, faces]);
});

test('frames with captions of any length have one size', async () => {
  const frames = moments(3);
  const gif = await animate(frames, {
    scale: 1,
    labels: [0.123, 'a label that is much longer than the others, and breaks into lines: ' + 'word '.repeat(30), ''],
  });
  tf.dispose(frames);
  const decoded = decodeGif(gif.bytes);
  for (const { pixels } of decoded.frames) expect(pixels.length).toBe(decoded.width * decoded.height);
});

test('an animation gives way to the event loop after each frame, and takes what was there when it was called', async () => {
  const frames = moments(6);
  let turns = 0;
  let done = false;
  const clock = (async () => {
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
  })();
  const promise = animate(frames, { scale: 2 });
  tf.dispose(frames);
  const gif = await promise;
  done = true;
  await clock;
  expect(gif.length).toBe(6);
  expect(turns).toBeGreaterThanOrEqual(6);
});

test('an animation of colour noise is made within a time that ends', { timeout: 60_000 }, async () => {
  const noise = tf.randomUniform([64, 64, 64, 3], 0, 1, 'float32', 2) as Images;
  expect((await animate(noise)).length).toBe(64);
  noise.dispose();
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
  await expectNoLeak(async () => {
    strip(frames);
    await animate(frames);
    scrubber(frames);
  });
  tf.dispose(frames);
});
