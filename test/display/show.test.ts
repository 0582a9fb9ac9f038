import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { animate, grid, ImageSet, inKernel, lineChart, ready, show, tf, type Images } from 'naive-diffusion';
import { expectNoLeak } from '../support.js';
import { decode, inFakeKernel, inFolder } from './support.js';

beforeAll(() => ready());

/** What the kernel asks of a cell's last expression. */
const lastExpression = (value: unknown) =>
  (globalThis as Record<symbol, (value: unknown) => boolean>)[Symbol.for('naive-diffusion.show')](value);
const printed = () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(String(line));
  });
  return lines;
};

test('the kernel is found wherever it was started, and only while it runs', async () => {
  expect(inKernel()).toBe(false);
  await inFakeKernel(() => expect(inKernel()).toBe(true));
  expect(inKernel()).toBe(false);
});

test('a tensor of images shows itself as a picture', async () => {
  const images = tf.zeros([3, 8, 8, 3]) as Images;
  const [{ data, update }] = await inFakeKernel(() => expect(lastExpression(images)).toBe(true));
  images.dispose();
  expect(update).toBe(false);
  expect((await decode(Buffer.from(data['image/png'] as string, 'base64'))).width).toBe(3 * 64 + 4);
});

test('pictures, animations, figures and sets show themselves', async () => {
  const images = tf.zeros([2, 8, 8, 1]) as Images;
  const set = new ImageSet({ name: 'black', height: 8, width: 8, channels: 1, pixels: new Uint8Array(128) });
  const sent = await inFakeKernel(async () => {
    for (const value of [grid(images), await animate(images), lineChart({ series: { a: [1] } }), set])
      expect(lastExpression(value)).toBe(true);
  });
  images.dispose();
  expect(sent.map(({ data }) => Object.keys(data)[0])).toEqual([
    'image/png',
    'image/gif',
    'application/vnd.plotly.v1+json',
    'image/png',
  ]);
});

test('everything else is left to the kernel to print', async () => {
  const others = [tf.zeros([3]), tf.zeros([3, 3, 16, 3]), tf.zeros([2, 8, 8, 2]), tf.zeros([8, 8, 3], 'int32')];
  const gone = tf.zeros([2, 8, 8, 3]);
  gone.dispose();
  expect(
    await inFakeKernel(() => {
      for (const value of [...others, gone, 3, 'text', null, undefined, { 'image/png': 'x' }, [1]])
        expect(lastExpression(value)).toBe(false);
    }),
  ).toEqual([]);
  tf.dispose(others);
});

test('show sends an output of several types as it is, bytes as base64', async () => {
  const [{ data }] = await inFakeKernel(() =>
    show({ 'text/html': '<b>x</b>', 'image/png': new Uint8Array([1, 2, 3]) }),
  );
  expect(data).toEqual({ 'text/html': '<b>x</b>', 'image/png': 'AQID' });
  expect(() => show(3)).toThrow('show: value must be');
  expect(() => show({ a: 1 })).toThrow('show: value must be');
});

test('outside a kernel a line is printed', () => {
  const lines = printed();
  const images = tf.zeros([2, 8, 8, 1]) as Images;
  grid(images, { scale: 1 }).show();
  lineChart({ series: { a: [1] }, title: 'Loss' }).show();
  show(images);
  show({ 'text/html': 'x' });
  images.dispose();
  vi.restoreAllMocks();
  expect(lines[0]).toBe('[picture, 18 × 8 pixels; outside a notebook, .save(path) keeps it]');
  expect(lines[1]).toBe('[figure: Loss; outside a notebook, .save(path) keeps it]');
  expect(lines).toHaveLength(4);
});

test('saving writes a whole file, makes folders on the way, and replaces an older file', async () => {
  await inFolder(async (folder) => {
    const images = tf.zeros([1, 8, 8, 1]) as Images;
    const file = join(folder, 'a', 'b', 'picture.png');
    grid(images, { scale: 1 }).save(file);
    grid(images, { scale: 2 }).save(file);
    (await animate(images)).save(join(folder, 'a', 'film.gif'));
    images.dispose();
    expect((await decode(readFileSync(file))).width).toBe(16);
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['picture.png']);
    expect(
      readFileSync(join(folder, 'a', 'film.gif'))
        .subarray(0, 6)
        .toString(),
    ).toBe('GIF89a');
  });
});

test('a write that fails names the path and the reason, and leaves what was there', async () => {
  await inFolder((folder) => {
    const images = tf.zeros([1, 8, 8, 1]) as Images;
    const picture = grid(images);
    images.dispose();
    mkdirSync(join(folder, 'taken.png'));
    expect(() => picture.save(join(folder, 'taken.png'))).toThrow(
      `Picture.save: cannot write ${join(folder, 'taken.png')}: a folder of that name is there`,
    );
    writeFileSync(join(folder, 'file'), 'kept');
    expect(() => picture.save(join(folder, 'file', 'x.png'))).toThrow('a part of the path is a file, not a folder');
    expect(() => picture.save('picture.jpg')).toThrow("Picture.save: path must end in .png, got 'picture.jpg'");
    expect(() => picture.save(undefined as never)).toThrow('Picture.save: path must end in .png, got undefined');
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken.png']);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('kept');
    if (process.getuid?.() !== 0) {
      // root may write anywhere
      chmodSync(folder, 0o555);
      expect(() => picture.save(join(folder, 'x.png'))).toThrow('no permission');
      chmodSync(folder, 0o755);
    }
    expect(existsSync('picture.jpg')).toBe(false);
  });
});

test('no tensor is left behind', async () => {
  const images = tf.zeros([2, 8, 8, 1]) as Images;
  await inFakeKernel(() => expectNoLeak(() => lastExpression(images)));
  images.dispose();
});
