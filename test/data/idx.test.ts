import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadIdx, ready, tf } from 'naive-diffusion';
import { parseIdx, readIdx } from '../../lib/src/data/idx.ts';
import { temporaryFolder } from './temporary.ts';

beforeAll(() => ready());
const folder = temporaryFolder();

/** An IDX file as its format is described, written without the library. */
function idx(type: number, dims: number[], elements: Buffer): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, type, dims.length]);
  dims.forEach((n, i) => header.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([header, elements]);
}

function write(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 37 + 1) % 256));
const small = () => write('small', idx(8, [5, 3, 4], bytes(60)));

describe('parseIdx', () => {
  it.each([
    ['uint8', 0x08, (v: number[]) => Buffer.from(v), [0, 7, 255]],
    ['int8', 0x09, (v: number[]) => Buffer.from(Int8Array.from(v).buffer), [-128, 0, 127]],
    [
      'int16',
      0x0b,
      (v: number[]) =>
        Buffer.concat(
          v.map((x) => {
            const b = Buffer.alloc(2);
            b.writeInt16BE(x);
            return b;
          }),
        ),
      [-32768, 1, 32767],
    ],
    [
      'int32',
      0x0c,
      (v: number[]) =>
        Buffer.concat(
          v.map((x) => {
            const b = Buffer.alloc(4);
            b.writeInt32BE(x);
            return b;
          }),
        ),
      [-(2 ** 31), 1, 2 ** 31 - 1],
    ],
    [
      'float32',
      0x0d,
      (v: number[]) =>
        Buffer.concat(
          v.map((x) => {
            const b = Buffer.alloc(4);
            b.writeFloatBE(x);
            return b;
          }),
        ),
      [-0.5, 0, 1024.25],
    ],
    [
      'float64',
      0x0e,
      (v: number[]) =>
        Buffer.concat(
          v.map((x) => {
            const b = Buffer.alloc(8);
            b.writeDoubleBE(x);
            return b;
          }),
        ),
      [Math.PI, -1e300, 0],
    ],
  ] as const)('reads %s', (type, code, encode, values) => {
    const file = parseIdx(idx(code, [3], encode([...values])), 'x');
    expect([file.type, file.dims, Array.from(file.data)]).toEqual([type, [3], [...values]]);
  });
});

describe('loadIdx', () => {
  it('centres images on black, and reads labels', async () => {
    const set = await loadIdx({
      images: small(),
      labels: write('tags', idx(8, [5], Buffer.from([9, 0, 3, 3, 255]))),
      size: 6,
    });
    expect([set.name, set.length, set.height, set.width, set.channels]).toEqual(['small', 5, 6, 6, 1]);
    expect(Array.from(set.labels!)).toEqual([9, 0, 3, 3, 255]);
    const source = bytes(60);
    for (let at = 0; at < set.pixels.length; at++) {
      const [i, y, x] = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6];
      const inside = y >= 1 && y < 4 && x >= 1 && x < 5;
      expect(set.pixels[at]).toBe(inside ? source[i * 12 + (y - 1) * 4 + (x - 1)] : 0);
    }
  });

  it('makes 32x32 of it by default', async () => {
    const set = await loadIdx({ images: small() });
    expect([set.height, set.width, set.labels]).toEqual([32, 32, undefined]);
  });

  it('reads gzipped files as it reads plain ones', async () => {
    const plain = await loadIdx({ images: small() });
    const zipped = await loadIdx({ images: write('small.gz', gzipSync(idx(8, [5, 3, 4], bytes(60)))) });
    expect(zipped.pixels).toEqual(plain.pixels);
  });

  it('repeats grey in three channels, and keeps colours', async () => {
    const grey = await loadIdx({ images: small(), size: 4 });
    const three = await loadIdx({ images: small(), size: 4, channels: 3 });
    expect(Array.from(three.pixels)).toEqual(Array.from(grey.pixels).flatMap((v) => [v, v, v]));
    const colours = await loadIdx({ images: write('colours', idx(8, [2, 2, 2, 3], bytes(24))), size: 2 });
    expect([colours.channels, Array.from(colours.pixels)]).toEqual([3, Array.from(bytes(24))]);
  });

  it('keeps the first ones up to a limit', async () => {
    const set = await loadIdx({ images: small(), labels: write('tags5', idx(8, [5], bytes(5))), size: 4, limit: 2 });
    expect([set.length, set.labels!.length]).toEqual([2, 2]);
    expect((await loadIdx({ images: small(), limit: 99 })).length).toBe(5);
  });

  it('turns images that are stored column by column, as those of EMNIST, upright when asked to', async () => {
    // the letter L, 2 wide and 3 high, column by column, in a file that says so
    const images = write('columns', idx(8, [1, 2, 3], Buffer.from([255, 255, 255, 0, 0, 255])));
    const upright = await loadIdx({ images, size: 3, transpose: true });
    expect(Array.from(upright.pixels)).toEqual([255, 0, 0, 255, 0, 0, 255, 255, 0]);
    const colours = write('colour-columns', idx(8, [2, 3, 5, 3], bytes(90)));
    const [plain, turned] = [
      await loadIdx({ images: colours, size: 5 }),
      await loadIdx({ images: colours, size: 5, transpose: true }),
    ];
    const [a, b] = [plain.images(), turned.images()];
    // of images that are padded on both sides alike, the transposed ones are the images with both axes swapped
    const swapped = a.transpose([0, 2, 1, 3]);
    expect(Array.from(b.dataSync())).toEqual(Array.from(swapped.dataSync()));
    tf.dispose([a, b, swapped]);
  });

  it('takes a folder for no file', async () => {
    mkdirSync(join(folder, 'train-images-idx3-ubyte'));
    await expect(loadIdx({ images: join(folder, 'train-images-idx3-ubyte') })).rejects.toThrow(
      `loadIdx: cannot read ${join(folder, 'train-images-idx3-ubyte')}: it is a folder, not a file; check the path`,
    );
  });

  it('takes no more memory than the header says, whatever comes out of a small file', async () => {
    const images = write('bomb.gz', gzipSync(Buffer.concat([idx(8, [1, 4, 4], bytes(16)), Buffer.alloc(2 ** 24)])));
    await expect(loadIdx({ images })).rejects.toThrow('bomb.gz is too long: it holds more than its header says');
    const vast = write('vast', idx(8, [2 ** 31, 2 ** 20, 28], bytes(1)));
    await expect(loadIdx({ images: vast })).rejects.toThrow(
      'vast claims to hold uint8 [2147483648,1048576,28], more than 4 GiB',
    );
    await expect(loadIdx({ images: small(), size: 2 ** 20 })).rejects.toThrow(
      'loadIdx: the images may take 4294967296 bytes, got 5 of 1048576x1048576x1',
    );
  });

  const whole = idx(8, [5, 3, 4], bytes(60));
  it.each([
    ['truncated', whole.subarray(0, 70), 'truncated is truncated: uint8 [5,3,4] takes 76 bytes, the file has 70'],
    [
      'cut-in-header',
      whole.subarray(0, 10),
      'cut-in-header is truncated: its header should have 16 bytes, the file has 10',
    ],
    ['empty', Buffer.alloc(0), 'empty is truncated: an IDX file has at least 4 bytes, this one 0'],
    [
      'too-long',
      Buffer.concat([whole, Buffer.alloc(1)]),
      'too-long is too long: uint8 [5,3,4] takes 76 bytes, the file has 77',
    ],
    ['magic', Buffer.from('%PDF-1.7 and so on'), 'magic is not an IDX file: wrong magic number 0x25504446'],
    ['type', idx(7, [1, 1, 1], Buffer.alloc(1)), 'type is not an IDX file: wrong magic number 0x00000703'],
    [
      'floats',
      idx(0x0d, [1, 1, 1], Buffer.alloc(4)),
      'floats must hold bytes [n, height, width] or [n, height, width, 1 or 3], got float32 [1,1,1]',
    ],
    [
      'flat',
      idx(8, [4], bytes(4)),
      'flat must hold bytes [n, height, width] or [n, height, width, 1 or 3], got uint8 [4]',
    ],
    [
      'two-channels',
      idx(8, [1, 1, 1, 2], bytes(2)),
      'two-channels must hold bytes [n, height, width] or [n, height, width, 1 or 3], got uint8 [1,1,1,2]',
    ],
    ['large', idx(8, [1, 33, 2], bytes(66)), 'large holds images of 33x2, larger than size 32; pass a larger size'],
    ['zip.gz', gzipSync(whole).subarray(0, 40), 'zip.gz is a damaged gzip file'],
  ])('names a file that is wrong: %s', async (name, content, message) => {
    const failure = loadIdx({ images: write(name, content as Buffer) });
    await expect(failure).rejects.toThrow(/^loadIdx: /);
    await expect(failure).rejects.toThrow(message);
  });

  it('names labels that do not fit the images', async () => {
    const labels = write('four', idx(8, [4], bytes(4)));
    await expect(loadIdx({ images: small(), labels })).rejects.toThrow(
      `loadIdx: ${labels} has 4 labels, but ${join(folder, 'small')} has 5 images`,
    );
    await expect(loadIdx({ images: small(), labels: small() })).rejects.toThrow(
      /small must hold bytes \[n\], got uint8 \[5,3,4\]/,
    );
  });

  it('names a file that is missing', async () => {
    await expect(loadIdx({ images: join(folder, 'nowhere') })).rejects.toThrow(
      `loadIdx: cannot read ${join(folder, 'nowhere')}: there is no such file; check the path`,
    );
  });

  it.each([
    [{ size: 0 }, 'loadIdx: size must be a whole number of at least 1, got 0'],
    [{ limit: 1.5 }, 'loadIdx: limit must be a whole number of at least 1, got 1.5'],
    [{ transpose: 'yes' as never }, 'loadIdx: transpose must be true or false, got yes'],
    [{ images: 7 as never }, 'loadIdx: images must be the path of a file, got number'],
    [{ images: '' }, 'loadIdx: path must name a file, got ""'],
    [{ channels: 2 as 1 }, 'loadIdx: channels must be 1 or 3, got 2'],
  ])('refuses %j', async (options, message) => {
    await expect(loadIdx({ images: small(), ...options })).rejects.toThrow(message);
  });

  it('does not make colours grey', async () => {
    const images = write('rgb', idx(8, [1, 2, 2, 3], bytes(12)));
    await expect(loadIdx({ images, channels: 1 })).rejects.toThrow(
      `channels must be 3 for ${images}, which holds colours, got 1`,
    );
  });
});

describe('readIdx', () => {
  it('names itself in its errors', () =>
    expect(readIdx(join(folder, 'absent'))).rejects.toThrow(/^readIdx: cannot read .*absent: there is no such file/));
});
