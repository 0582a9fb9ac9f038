import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from 'naive-diffusion';
import { key, ready, tf, uniform, unet, type Images, type Network } from 'naive-diffusion';

/** The shape of the network as chapter 3 writes it. */
interface Shape {
  widths: number[];
  dense: number;
  skips: boolean;
  upsampling: 'deconvolution' | 'nearest';
  side: number;
  input: boolean;
  time: boolean;
  coordinates: boolean;
}
type Tiny = Network & { made: Map<string, number[]> };

beforeAll(() => ready());

/** What the chapter's own cells make: from its dials to `tinyUnet`, run without the rest. */
function chapterThree(): { tinyUnet: (shape: Shape) => Tiny; dials: Shape } {
  const file = path.resolve(import.meta.dirname, '..', '..', 'notebooks', '03-unet.ipynb');
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    cells: { cell_type: string; source: string[] }[];
  };
  const code = cells.filter((cell) => cell.cell_type === 'code').map((cell) => cell.source.join(''));
  const last = code.findIndex((source) => source.includes('function tinyUnet'));
  const first = code.findIndex((source) => source.includes('const dials ='));
  const dials = code.filter((source) => source.includes('const WIDTHS =')).join('\n');
  const source = ['const SEED = 3;', dials, ...code.slice(first, last + 1), 'return { tinyUnet, dials };'].join('\n');
  const { outputText } = ts.transpileModule(`function cells() {${source}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the chapter's own code, as a reader runs it
  const run = new Function(...Object.keys(library), `${outputText}\nreturn cells();`);
  return run(...Object.values(library)) as ReturnType<typeof chapterThree>;
}

const some = () => uniform(key(1), [3, 32, 32, 3]) as Images;
const base: Shape = {
  widths: [6, 8, 10],
  dense: 12,
  skips: true,
  upsampling: 'deconvolution',
  side: 3,
  input: true,
  time: true,
  coordinates: true,
};

describe('the UNet of chapter 3', () => {
  const { tinyUnet, dials } = chapterThree();

  it.each<Partial<Shape>>([
    {},
    { dense: 0 },
    { skips: false },
    { upsampling: 'nearest' },
    { widths: [5] },
    { time: false },
    { coordinates: false },
    { time: false, coordinates: false },
    { widths: [4, 4, 4, 4, 4, 4] },
  ])("answers as the library's does with the same weights: %o", (change) => {
    const shape = { ...base, ...change };
    const tiny = tinyUnet(shape);
    const { widths, dense, skips, upsampling, time, coordinates } = shape;
    const theirs = unet({ widths, dense, skips, upsampling, time, coordinates, seed: 5 });
    expect(Object.keys(tiny.parameters).sort()).toEqual(Object.keys(theirs.parameters).sort());
    for (const [name, weight] of Object.entries(tiny.parameters)) weight.assign(theirs.parameters[name]);
    const t = tf.tensor1d([0, 0.4, 1]);
    const images = some();
    const apart = tf.tidy(() => tiny(images, t).sub(theirs(images, t)).abs().max().dataSync()[0]);
    expect(apart).toBeLessThan(1e-5);
  });

  it("is the chapter's as its dials stand, and as large as the library's network of chapter 4 but for its end", () => {
    expect(library.countWeights(tinyUnet(dials))).toBe(library.countWeights(unet(library.naiveUnetConfig)));
  });

  it('notes what it makes, in the order in which it is made', () => {
    const { made } = tinyUnet(base);
    expect([...made].map(([name, [, side, , channels]]) => `${name} ${side} ${channels}`)).toEqual([
      'input 32 3',
      'down0.mix 32 6',
      'down1.shrink 16 8',
      'down1.mix 16 8',
      'down2.shrink 8 10',
      'down2.mix 8 10',
      'middle 8 10',
      'up1.grow 16 8',
      'up1.mix 16 8',
      'up0.grow 32 6',
      'up0.mix 32 6',
      'output 32 3',
    ]);
  });

  it('can do without what an experiment leaves out', () => {
    const hourglass = tinyUnet({ ...base, skips: false, input: false, side: 5 });
    expect(hourglass(some(), 0.5).shape).toEqual([3, 32, 32, 3]);
  });
});
