import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCanvas, loadImage } from 'canvas';
import { dataPath, faceAttributes, FaceSet, loadFaces, ready, type FaceAttribute } from 'naive-diffusion';
import { chances, drawFaces, heldOut } from '../../scripts/data/draw-faces.ts';
import { quantise } from '../../scripts/data/palette.ts';
import { chiSquareRatio } from './statistics.ts';
import { temporaryFolder } from './temporary.ts';

let all: FaceSet, train: FaceSet, held: FaceSet;
beforeAll(async () => {
  await ready();
  [all, train, held] = [await loadFaces({ split: 'all' }), await loadFaces(), await loadFaces({ split: 'held-out' })];
});

/** How many faces have each value of an attribute. */
function countsOf(set: FaceSet, name: FaceAttribute): number[] {
  const counts = set.vocabulary[name].map(() => 0);
  for (const value of set.attributes[name]) counts[value]++;
  return counts;
}

describe('the committed faces', () => {
  it('are 10,000, 32x32, in colour', () => {
    expect([all.length, all.height, all.width, all.channels, all.pixels.length]).toEqual([
      10_000,
      32,
      32,
      3,
      10_000 * 3072,
    ]);
  });

  it('are the pixels of the sheet, read by another decoder', async () => {
    const sheet = createCanvas(3200, 3200).getContext('2d');
    sheet.drawImage(await loadImage(dataPath('faces.png')), 0, 0);
    for (const i of [0, 1, 99, 100, 4321, 9999]) {
      const rgba = sheet.getImageData((i % 100) * 32, Math.floor(i / 100) * 32, 32, 32).data;
      const own = all.pixels.subarray(i * 3072, (i + 1) * 3072);
      expect(Array.from(own)).toEqual(Array.from(rgba).filter((_, at) => at % 4 < 3));
    }
  });

  it('have at most 256 colours and fit in 5 MB', () => {
    const colours = new Set<number>();
    for (let at = 0; at < all.pixels.length; at += 3)
      colours.add((all.pixels[at] << 16) | (all.pixels[at + 1] << 8) | all.pixels[at + 2]);
    expect(colours.size).toBeLessThanOrEqual(256);
    expect(readFileSync(dataPath('faces.png')).length).toBeLessThan(5e6);
  });

  it('are drawn again by the script, within the error of the palette', () => {
    const drawn = drawFaces({ count: 50, seed: 1 });
    for (const name of faceAttributes) expect(drawn.attributes[name]).toEqual(all.attributes[name].slice(0, 50));
    expect(drawn.fatness).toEqual(all.fatness.slice(0, 50));
    let squared = 0;
    let largest = 0;
    for (let at = 0; at < drawn.pixels.length; at++) {
      const off = Math.abs(drawn.pixels[at] - all.pixels[at]);
      squared += off ** 2;
      largest = Math.max(largest, off);
    }
    // 10 log10(255² / mean square) over all 10,000 is 42.7 dB; fifty of them may differ by a little.
    expect(10 * Math.log10(255 ** 2 / (squared / drawn.pixels.length))).toBeGreaterThan(42);
    expect(largest).toBeLessThan(40);
  });
});

describe('the attributes', () => {
  it.each(faceAttributes)('%s has the stated proportions (chi-square, 1 in 1,000)', (name) => {
    expect(all.proportions[name].reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(all.vocabulary[name]).toEqual(Object.keys(chances[name]));
    expect(chiSquareRatio(countsOf(all, name), all.proportions[name])).toBeLessThan(1);
  });

  const pairs = faceAttributes.flatMap((a, i) => faceAttributes.slice(i + 1).map((b) => [a, b] as const));
  it.each(pairs)('%s and %s are independent (chi-square, 1 in 1,000)', (a, b) => {
    const [m, n] = [all.vocabulary[a].length, all.vocabulary[b].length];
    const counts = new Array<number>(m * n).fill(0);
    for (let i = 0; i < all.length; i++) counts[all.attributes[a][i] * n + all.attributes[b][i]]++;
    const expected = counts.map((_, at) => all.proportions[a][Math.floor(at / n)] * all.proportions[b][at % n]);
    expect(chiSquareRatio(counts, expected)).toBeLessThan(1);
  });

  it('fatness is even over 0 to 1, whatever the hair', () => {
    for (const set of [all, ...all.vocabulary.hair.map((hair) => all.subset(all.where({ hair })))]) {
      const counts = new Array(10).fill(0);
      for (const value of set.fatness) counts[Math.min(9, Math.floor(value * 10 + 1e-4))]++;
      // 101 equally likely values: the last tenth has eleven of them.
      expect(
        chiSquareRatio(
          counts,
          counts.map((_, i) => (i < 9 ? 10 : 11) / 101),
        ),
      ).toBeLessThan(1);
    }
  });

  it('show in the pixels: the corner has the colour of the background', () => {
    const corner = (i: number) => Array.from(all.pixels.subarray(i * 3072, i * 3072 + 3)).join();
    for (const background of all.vocabulary.background) {
      const corners = all.where({ background, hair: 'bald' }).map(corner);
      expect(new Set(corners).size).toBe(1);
    }
  });
});

describe('the test faces', () => {
  let test: FaceSet;
  beforeAll(async () => {
    test = await loadFaces({ split: 'test' });
  });

  it('are 2,500 others, without held-out combinations, in the colours of the sheet', () => {
    expect([test.length, test.name, test.channels]).toEqual([2500, 'faces (test)', 3]);
    expect(test.heldOut.flatMap((combination) => test.where(combination))).toEqual([]);
    const faces = (set: FaceSet) =>
      Array.from({ length: set.length }, (_, i) =>
        createHash('sha1')
          .update(set.pixels.subarray(i * 3072, (i + 1) * 3072))
          .digest('hex'),
      );
    const known = new Set(faces(all));
    expect(faces(test).filter((face) => known.has(face))).toEqual([]);
    const colours = (set: FaceSet) =>
      new Set(
        Array.from(
          { length: set.pixels.length / 3 },
          (_, i) => (set.pixels[3 * i] << 16) | (set.pixels[3 * i + 1] << 8) | set.pixels[3 * i + 2],
        ),
      );
    const sheet = colours(all);
    expect([...colours(test)].filter((colour) => !sheet.has(colour))).toEqual([]);
  });

  it.each(faceAttributes)('have %s in the proportions of the split train (chi-square, 1 in 1,000)', (name) => {
    const shares = countsOf(train, name).map((n) => n / train.length);
    expect(chiSquareRatio(countsOf(test, name), shares)).toBeLessThan(1.1); // the shares vary a little themselves
  });
});

describe('the faces of 64x64', () => {
  it('are the first 5,000 and other test faces, at twice the size and with the same attributes', async () => {
    const large = await loadFaces({ split: 'all', size: 64 });
    expect([large.length, large.height, large.width, large.channels]).toEqual([5000, 64, 64, 3]);
    for (const name of faceAttributes) expect(large.attributes[name]).toEqual(all.attributes[name].slice(0, 5000));
    expect(large.fatness).toEqual(all.fatness.slice(0, 5000));
    // Blocks of 2x2 are the pixels of the smaller faces, but for palettes and for edges, which are drawn finer.
    for (const i of [0, 17, 1234, 4999]) {
      let off = 0;
      for (let y = 0; y < 32; y++)
        for (let x = 0; x < 32; x++)
          for (let c = 0; c < 3; c++) {
            const at = (dy: number, dx: number) => large.pixels[((i * 64 + 2 * y + dy) * 64 + 2 * x + dx) * 3 + c];
            const mean = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
            off += Math.abs(mean - all.pixels[((i * 32 + y) * 32 + x) * 3 + c]);
          }
      expect(off / 3072).toBeLessThan(4);
    }
    const test = await loadFaces({ split: 'test', size: 64 });
    const small = await loadFaces({ split: 'test' });
    expect([test.length, test.height]).toEqual([1000, 64]);
    for (const name of faceAttributes) expect(test.attributes[name]).toEqual(small.attributes[name].slice(0, 1000));
    for (const combination of heldOut) expect(test.where(combination)).toEqual([]);
  });

  it('take eight megabytes at most, and are split as the others', async () => {
    const sizes = ['faces-64', 'faces-64-test'].map((name) => readFileSync(dataPath(`${name}.png`)).length);
    expect(sizes[0] + sizes[1]).toBeLessThan(8e6);
    const large = await loadFaces({ size: 64 });
    const rest = await loadFaces({ size: 64, split: 'held-out' });
    expect(large.length + rest.length).toBe(5000);
    for (const combination of heldOut) expect(large.where(combination)).toEqual([]);
  });

  it('are the only other size', async () => {
    await expect(loadFaces({ size: 48 as 64 })).rejects.toThrow('loadFaces: size must be 32 or 64, got 48');
  });
});

describe('the split', () => {
  it('has every face in one part or the other', () => {
    expect(train.length + held.length).toBe(all.length);
    expect([train.name, held.name, all.name]).toEqual(['faces (train)', 'faces (held-out)', 'faces (all)']);
  });

  it('has none of the held-out combinations in training, and one of them in every held-out face', () => {
    expect(all.heldOut).toEqual(heldOut);
    for (const combination of heldOut) {
      expect(train.where(combination)).toEqual([]);
      expect(held.where(combination).length).toBe(all.where(combination).length);
    }
    expect(heldOut.reduce((sum, combination) => sum + held.where(combination).length, 0)).toBe(held.length);
  });

  it('holds out about a tenth, in the stated proportions', () => {
    const chanceOf = (c: Record<string, string>) =>
      Object.entries(c).reduce((p, [name, value]) => p * chances[name as FaceAttribute][value], 1);
    const each = heldOut.map((combination) => chanceOf(combination as Record<string, string>));
    const total = each.reduce((a, b) => a + b);
    expect(total).toBeCloseTo(0.1034, 10);
    const counts = heldOut.map((combination) => held.where(combination).length);
    expect(chiSquareRatio([...counts, train.length], [...each, 1 - total])).toBeLessThan(1);
  });

  it('keeps every single value common in training', () => {
    for (const name of faceAttributes) {
      countsOf(train, name).forEach((count, value) =>
        expect(count / train.length).toBeGreaterThan(0.6 * all.proportions[name][value]),
      );
    }
  });

  it.each(['background', 'skin', 'hairColor'] as const)('leaves %s as evenly spread in training as in all', (name) => {
    expect(chiSquareRatio(countsOf(train, name), all.proportions[name])).toBeLessThan(1);
  });

  it('keeps the first ones up to a limit', async () => {
    const few = await loadFaces({ limit: 7 });
    expect(few.length).toBe(7);
    expect(few.pixels).toEqual(train.pixels.slice(0, 7 * 3072));
    expect(few.attributes.hair).toEqual(train.attributes.hair.slice(0, 7));
  });
});

describe('FaceSet', () => {
  it('describes a face in words, and finds it by them', () => {
    const words = all.describe(123);
    expect(Object.keys(words)).toEqual(faceAttributes);
    const found = all.where(words);
    expect(found).toContain(123);
    for (const i of found) expect(all.describe(i)).toEqual(words);
    expect(all.where({}).length).toBe(all.length);
  });

  it('keeps attributes with their faces in a subset', () => {
    const rows = [9000, 3, 77];
    const part = all.subset(rows);
    expect(part).toBeInstanceOf(FaceSet);
    rows.forEach((row, i) => {
      expect(part.describe(i)).toEqual(all.describe(row));
      expect(part.fatness[i]).toBe(all.fatness[row]);
    });
  });

  it.each([
    [() => all.where({ hair: 'green' }), 'where: hair must be one of bald, short, curly, long, got green'],
    [
      () => all.where({ hat: 'red' } as never),
      'where: attributes are background, skin, hairColor, hair, glasses, facialHair, got hat',
    ],
    [() => all.describe(10_000), 'describe: indices must be whole numbers from 0 to 9999, got 10000'],
    [
      () => new FaceSet(all, { ...all, fatness: new Float32Array(3) }),
      'FaceSet: fatness must have one value for each of the 10000 faces, got 3',
    ],
  ])('says what is wrong (%#)', (act, message) => expect(act).toThrow(message));
});

describe('loadFaces', () => {
  const folder = temporaryFolder();
  afterEach(() => void delete process.env.NAIVE_DIFFUSION_DATA);

  /** A data folder with copies of the faces, one of them changed. */
  function damaged(name: string, file: 'faces.png' | 'faces.json', change: (bytes: Buffer) => Buffer | string): string {
    const path = join(folder, name);
    const original = dataPath();
    mkdirSync(path);
    for (const copied of ['faces.png', 'faces.json']) copyFileSync(join(original, copied), join(path, copied));
    writeFileSync(join(path, file), change(readFileSync(join(path, file))));
    process.env.NAIVE_DIFFUSION_DATA = path;
    return path;
  }
  type Table = { labels: Partial<Record<FaceAttribute, number[]>> };
  const edited = (change: (table: Table) => void) => (bytes: Buffer) => {
    const table = JSON.parse(bytes.toString());
    change(table);
    return JSON.stringify(table);
  };

  it('reads the folder that NAIVE_DIFFUSION_DATA names', async () => {
    damaged('whole', 'faces.json', (bytes) => bytes);
    expect((await loadFaces({ limit: 1 })).length).toBe(1);
  });

  it.each([
    [
      'truncated',
      'faces.png',
      (b: Buffer) => b.subarray(0, 1000),
      /^loadFaces: .*truncated.faces\.png is damaged or not the one that .*faces\.json describes: its sha256 is .*; restore data/,
    ],
    [
      'flipped',
      'faces.png',
      (b: Buffer) => {
        b[5000] ^= 1;
        return b;
      },
      /faces\.png is damaged/,
    ],
    ['not-json', 'faces.json', (b: Buffer) => b.subarray(0, 1000), /faces\.json is not valid JSON/],
    [
      'no-hair',
      'faces.json',
      edited((t) => {
        delete t.labels.hair;
      }),
      /faces\.json has no hair; restore/,
    ],
    [
      'short',
      'faces.json',
      edited((t) => {
        t.labels.skin!.pop();
      }),
      /faces\.json has 9999 labels for skin, but 10000 faces/,
    ],
    [
      'outside',
      'faces.json',
      edited((t) => {
        t.labels.glasses![5] = 3;
      }),
      /faces\.json has a label for glasses outside its vocabulary/,
    ],
  ] as const)('names a file that is wrong: %s', async (name, file, change, message) => {
    damaged(name, file, change);
    await expect(loadFaces()).rejects.toThrow(message);
  });

  it('names a file that is missing, and the remedy', async () => {
    process.env.NAIVE_DIFFUSION_DATA = join(folder, 'nowhere');
    await expect(loadFaces()).rejects.toThrow(
      /^loadFaces: cannot read .*nowhere.faces\.png: there is no such file; restore data\/ from the repository/,
    );
  });

  it.each([
    [{ split: 'valid' as 'all' }, `loadFaces: split must be 'train', 'held-out', 'all' or 'test', got "valid"`],
    [{ limit: -2 }, 'loadFaces: limit must be a whole number of at least 1, got -2'],
  ])('refuses %j', (options, message) => expect(loadFaces(options)).rejects.toThrow(message));
});

describe('drawFaces', () => {
  it('draws the same face whatever was drawn before it, and others from another seed', () => {
    const many = drawFaces({ count: 6, seed: 9 });
    const later = drawFaces({ count: 2, seed: 9, start: 4 });
    expect(later.pixels).toEqual(many.pixels.slice(4 * 3072));
    expect(later.describe(1)).toEqual(many.describe(5));
    expect(drawFaces({ count: 6, seed: 10 }).pixels).not.toEqual(many.pixels);
  });
});

describe('quantise', () => {
  it('keeps every colour of an image that has no more than the palette', () => {
    const rgb = Uint8Array.from([255, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 255]);
    const { palette, indices, psnr } = quantise(rgb, 4);
    expect(Array.from(indices).flatMap((k) => palette[k])).toEqual(Array.from(rgb));
    expect(psnr).toBe(Infinity);
  });

  it('finds the means of two far clusters', () => {
    const rgb = Uint8Array.from([10, 0, 0, 20, 0, 0, 15, 0, 0, 240, 0, 0, 250, 0, 0]);
    const { palette, indices } = quantise(rgb, 2);
    expect(Array.from(indices, (k) => palette[k][0])).toEqual([15, 15, 15, 245, 245]);
  });
});
