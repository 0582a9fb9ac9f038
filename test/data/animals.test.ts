import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas, loadImage } from 'canvas';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AnimalSet, dataPath, loadAnimals, ready } from 'naive-diffusion';
import { expectNoLeak } from '../support.ts';
import { temporaryFolder } from './temporary.ts';

beforeAll(() => ready());

describe('loadAnimals', () => {
  const folder = temporaryFolder();
  afterEach(() => void delete process.env.NAIVE_DIFFUSION_DATA);

  it('gives 77 heads with transparency, from 0 to 1', async () => {
    const set = await loadAnimals();
    const images = set.images();
    expect(images.shape).toEqual([77, 32, 32, 4]);
    expect([images.min().dataSync()[0], images.max().dataSync()[0]]).toEqual([0, 1]);
    images.dispose();
  });

  it('has the opaque pixels of the sheet, read by another decoder', async () => {
    const set = await loadAnimals();
    const sheet = createCanvas(512, 160).getContext('2d');
    sheet.drawImage(await loadImage(dataPath('animals.png')), 0, 0);
    for (const i of [0, 17, 40, 76]) {
      const rgba = sheet.getImageData((i % 16) * 32, Math.floor(i / 16) * 32, 32, 32).data;
      for (let at = 3; at < 4096; at += 4) {
        const own = set.pixels.subarray(i * 4096 + at - 3, i * 4096 + at + 1);
        expect(own[3]).toBe(rgba[at]);
        if (own[3] === 255) expect(Array.from(own)).toEqual(Array.from(rgba.slice(at - 3, at + 1)));
      }
    }
  });

  it('shows a head against nothing in every tile', async () => {
    const { pixels, length } = await loadAnimals();
    for (let i = 0; i < length; i++) {
      let covered = 0;
      for (let at = 3; at < 4096; at += 4) covered += pixels[i * 4096 + at] / 255 / 1024;
      expect(covered).toBeGreaterThan(0.15);
      expect(covered).toBeLessThan(0.95);
    }
  });

  it('says what each is and under which licence, in a subset too', async () => {
    const set = await loadAnimals();
    for (const { name, set: from, license } of set.animals) {
      expect(name).toMatch(/^[a-z-]+$/);
      expect(license).toBe(
        { 'fluent-emoji-flat': 'MIT', noto: 'Apache-2.0', twemoji: 'CC-BY-4.0', 'fluent-emoji-3d': 'MIT' }[from],
      );
    }
    const two = set.subset([4, 30]);
    expect(two).toBeInstanceOf(AnimalSet);
    expect(two.animals).toEqual([set.animals[4], set.animals[30]]);
    expect(() => new AnimalSet(two, [])).toThrow(
      'AnimalSet: animals must have one entry for each of the 2 heads, got 0',
    );
  });

  it('leaves no tensor behind', () => expectNoLeak(loadAnimals));

  it('names a file that is missing or damaged', async () => {
    process.env.NAIVE_DIFFUSION_DATA = folder;
    await expect(loadAnimals()).rejects.toThrow(/^loadAnimals: cannot read .*animals\.png: there is no such file/);
    delete process.env.NAIVE_DIFFUSION_DATA;
    const [png, table] = [dataPath('animals.png'), dataPath('animals.json')];
    copyFileSync(table, join(folder, 'animals.json'));
    writeFileSync(join(folder, 'animals.png'), readFileSync(png).subarray(0, 500));
    process.env.NAIVE_DIFFUSION_DATA = folder;
    await expect(loadAnimals()).rejects.toThrow(/^loadAnimals: .*animals\.png is damaged/);
  });
});
