import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas, type SKRSContext2D } from 'canvas';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { batches, loadFolder, ready } from 'naive-diffusion';
import { temporaryFolder } from './temporary.ts';

beforeAll(() => ready());
const folder = temporaryFolder();

type Kind = 'image/png' | 'image/jpeg' | 'image/webp';

/** Writes an image that `draw` draws. */
function write(
  path: string,
  width: number,
  height: number,
  draw: (context: SKRSContext2D) => void,
  type: Kind = 'image/png',
): void {
  const canvas = createCanvas(width, height);
  draw(canvas.getContext('2d'));
  writeFileSync(join(folder, path), type === 'image/png' ? canvas.toBuffer(type) : canvas.toBuffer(type, 100));
}

const fill =
  (colour: string, width = 1000, height = 1000) =>
  (context: SKRSContext2D) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
  };

/** A folder within the test's own. */
function sub(name: string): string {
  mkdirSync(join(folder, name));
  return name;
}

describe('loadFolder', () => {
  it('reads PNG, JPEG and WebP in the order of their names, and passes over the rest', async () => {
    const name = sub('kinds');
    write(`${name}/c.PNG`, 40, 40, fill('#ff0000'));
    write(`${name}/a.jpg`, 50, 60, fill('#00ff00'), 'image/jpeg');
    write(`${name}/b.webp`, 70, 64, fill('#0000ff'), 'image/webp');
    write(`${name}/d.jpeg`, 33, 32, fill('#ffffff'), 'image/jpeg');
    writeFileSync(join(folder, name, 'notes.txt'), 'not an image');
    writeFileSync(join(folder, name, '._a.jpg'), 'what some systems leave behind');
    mkdirSync(join(folder, name, 'e.png'));
    const set = await loadFolder(join(folder, name));
    expect([set.length, set.height, set.width, set.channels, set.labels]).toEqual([4, 32, 32, 3, undefined]);
    [
      [0, 255, 0],
      [0, 0, 255],
      [255, 0, 0],
      [255, 255, 255],
    ].forEach((colour, i) => {
      // JPEG and WebP are lossy
      for (let at = 0; at < 3072; at++)
        expect(Math.abs(set.pixels[i * 3072 + at] - colour[at % 3])).toBeLessThanOrEqual(3);
    });
  });

  it('keeps every pixel of an image that has the size already', async () => {
    const name = sub('same');
    const expected: number[] = [];
    write(`${name}/a.png`, 8, 8, (context) => {
      for (let i = 0; i < 64; i++) {
        const colour = [(i * 37) % 256, (i * 91) % 256, (i * 53) % 256];
        expected.push(...colour);
        context.fillStyle = `rgb(${colour})`;
        context.fillRect(i % 8, Math.floor(i / 8), 1, 1);
      }
    });
    expect(Array.from((await loadFolder(join(folder, name), { size: 8 })).pixels)).toEqual(expected);
  });

  it.each([
    ['wide', 30, 10],
    ['tall', 10, 30],
  ])('takes the square in the middle of a %s image', async (name, width, height) => {
    write(`${sub(name)}/a.png`, width, height, (context) => {
      fill('red')(context);
      context.fillStyle = 'lime';
      context.fillRect((width - 10) / 2, (height - 10) / 2, 10, 10);
    });
    const { pixels } = await loadFolder(join(folder, name), { size: 10 });
    for (let at = 0; at < 300; at++) expect(pixels[at]).toBe(at % 3 === 1 ? 255 : 0);
  });

  it('averages what it shrinks', async () => {
    const name = sub('stripes');
    write(`${name}/a.png`, 64, 64, (context) => {
      fill('black')(context);
      context.fillStyle = 'white';
      for (let x = 0; x < 64; x += 2) context.fillRect(x, 0, 1, 64);
    });
    const { pixels } = await loadFolder(join(folder, name), { size: 8, channels: 1 });
    // Grey, except in the outer columns, whose weights are cut off at the rim: there white has 29/56 and 27/56 of them.
    pixels.forEach((value, i) => expect([132, 128, 128, 128, 128, 128, 128, 123][i % 8] - value).toBe(0));
  });

  it('makes grey by luma, and white of what is transparent', async () => {
    const name = sub('grey');
    write(`${name}/a.png`, 32, 32, fill('rgb(100, 200, 50)'));
    write(`${name}/b.png`, 32, 32, () => {});
    const set = await loadFolder(join(folder, name), { channels: 1 });
    // 29.9 + 117.4 + 5.7
    expect([set.channels, set.pixels[0], set.pixels[1023], set.pixels[1024], set.pixels[2047]]).toEqual([
      1, 153, 153, 255, 255,
    ]);
  });

  it('stops at the limit, and looks into inner folders when asked to', async () => {
    const name = sub('nested');
    mkdirSync(join(folder, name, 'b'));
    for (const path of ['a.png', 'b/x.png', 'c.png']) write(`${name}/${path}`, 4, 4, fill('red'));
    const path = join(folder, name);
    expect((await loadFolder(path)).length).toBe(2);
    expect((await loadFolder(path, { limit: 1 })).length).toBe(1);
    expect((await loadFolder(path, { recursive: true })).length).toBe(3);
  });

  it('gives a set that batches take', async () => {
    const [batch] = batches(await loadFolder(join(folder, 'kinds')), { size: 4, seed: 0, epochs: 1 });
    expect(batch.images.isDisposed).toBe(true);
    expect(batch.indices.length).toBe(4);
  });

  it('names every bad file up to ten, and reads the others when told to skip', async () => {
    const name = sub('damaged');
    const path = join(folder, name);
    write(`${name}/a.png`, 4, 4, fill('red'));
    for (let i = 0; i < 12; i++) writeFileSync(join(path, `b${String(i).padStart(2, '0')}.png`), 'this is no PNG');
    write(`${name}/c.png`, 4, 4, fill('blue'));
    const error = await loadFolder(path).catch(({ message }: Error) => message);
    expect(error).toMatch(
      new RegExp(
        `^loadFolder: cannot use 10 of the first 11 images of ${path}; mend or remove them, or pass onBadFile`,
      ),
    );
    for (let i = 0; i < 10; i++) expect(error).toContain(`b0${i}.png is damaged or not an image: it begins as neither`);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const set = await loadFolder(path, { onBadFile: 'skip', size: 4 });
    expect([set.length, set.pixels.length, set.pixels[0], set.pixels[50]]).toEqual([2, 96, 255, 255]);
    expect(warn.mock.calls[0][0]).toMatch(/^loadFolder: skipped 12 of the first 14 images of .*b00\.png.*and 2 more$/s);
    expect((await loadFolder(path, { onBadFile: 'skip', limit: 1 })).length).toBe(1);
    expect((await loadFolder(path, { limit: 1 })).length).toBe(1); // the first file, which is good
    warn.mockRestore();
  });

  it('says so when every file is bad, also when told to skip', async () => {
    const path = join(folder, sub('all-bad'));
    writeFileSync(join(path, 'a.png'), '');
    symlinkSync(join(path, 'nowhere'), join(path, 'b.png'));
    await expect(loadFolder(path, { onBadFile: 'skip' })).rejects.toThrow(
      /cannot use 2 of the first 2 images of .*; mend or remove them:.*a\.png is damaged.*b\.png: there is no such file/s,
    );
  });

  it('passes over hidden files and folders, and those that other programs keep beside images', async () => {
    const name = sub('hidden');
    write(`${name}/a.png`, 4, 4, fill('red'));
    for (const inner of ['.ipynb_checkpoints', '@eaDir', '__MACOSX', '.git', '$RECYCLE.BIN', 'inner']) {
      mkdirSync(join(folder, name, inner, 'deep'), { recursive: true });
      for (const at of [inner, `${inner}/deep`]) write(`${name}/${at}/a.png`, 4, 4, fill('blue'));
    }
    expect((await loadFolder(join(folder, name), { recursive: true })).length).toBe(3);
    // a folder that is named itself is read, whatever its name
    expect((await loadFolder(join(folder, name, '.ipynb_checkpoints'))).length).toBe(1);
  });

  it('takes ~ for the home folder', async () => {
    write(`${sub('home')}/a.png`, 4, 4, fill('red'));
    vi.stubEnv('HOME', join(folder, 'home'));
    expect((await loadFolder('~')).length).toBe(1);
    await expect(loadFolder('~/x')).rejects.toThrow(
      `cannot read the folder ${join(folder, 'home', 'x')}: there is no such folder`,
    );
    vi.unstubAllEnvs();
  });

  it('names a truncated file', async () => {
    const name = sub('truncated');
    const canvas = createCanvas(64, 64);
    const context = canvas.getContext('2d');
    for (let i = 0; i < 4096; i++) {
      context.fillStyle = `rgb(${(i * 37) % 256}, ${(i * 91) % 256}, ${(i * 53) % 256})`;
      context.fillRect(i % 64, Math.floor(i / 64), 1, 1);
    }
    for (const [file, bytes] of [
      ['a.png', canvas.toBuffer('image/png')],
      ['a.jpg', canvas.toBuffer('image/jpeg', 90)],
      ['a.webp', canvas.toBuffer('image/webp', 90)],
    ] as const) {
      mkdirSync(join(folder, name, file));
      writeFileSync(join(folder, name, file, file), bytes.subarray(0, bytes.length >> 1));
      await expect(loadFolder(join(folder, name, file)), file).rejects.toThrow(/damaged/);
    }
  });

  it('takes no memory for more than a set may hold', () =>
    expect(loadFolder(join(folder, 'same'), { size: 2 ** 21 })).rejects.toThrow(
      'loadFolder: the images may take 4294967296 bytes, got 1 of 2097152x2097152x3',
    ));

  it('says that there is nothing to read', async () => {
    const empty = join(folder, sub('empty'));
    writeFileSync(join(empty, 'readme.md'), '');
    await expect(loadFolder(empty)).rejects.toThrow(`loadFolder: ${empty} holds no PNG, JPEG or WebP file`);
    await expect(loadFolder(join(folder, 'nowhere'))).rejects.toThrow(
      /^loadFolder: cannot read the folder .*nowhere: there is no such folder; check the path/,
    );
  });

  it.each([
    [{ size: 0 }, 'loadFolder: size must be a whole number of at least 1, got 0'],
    [{ channels: 4 as 3 }, 'loadFolder: channels must be 1 or 3, got 4'],
    [{ onBadFile: 'ignore' as 'skip' }, `loadFolder: onBadFile must be 'throw' or 'skip', got "ignore"`],
    [{ limit: 0 }, 'loadFolder: limit must be a whole number of at least 1, got 0'],
  ])('refuses %j', (options, message) => expect(loadFolder(folder, options)).rejects.toThrow(message));
});
