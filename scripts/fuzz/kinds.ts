import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  AnimalSet,
  dataPath,
  faceAttributes,
  FaceSet,
  ImageSet,
  loadAnimals,
  loadFaces,
  loadFolder,
  loadIdx,
  loadResults,
  Random,
  readSafetensors,
  writeSafetensors,
} from 'naive-diffusion';
import sharp from 'sharp';
import * as v from 'valibot';
import { parseJson } from '../read-json.ts';
import { sheet } from '../data/sheet.ts';

/** A kind of file that the library loads. */
export interface Kind {
  name: string;
  /** The function that loads it, as its errors name it. */
  loader: string;
  /** The name of the file, as errors must have it. */
  file: string;
  /** Whether a changed byte must be noticed wherever it matters; where not, the format has no checksum. */
  checked: boolean;
  /** The file without damage. */
  bytes: Buffer;
  /** Puts `bytes` in the place of the file, loads it, and returns what came of it. Throws when that is not sound. */
  load(bytes: Buffer): Promise<unknown>;
}

/** Every kind of file, with a small sample of each in `folder`; NAIVE_DIFFUSION_DATA is set to a folder in it. */
export async function makeKinds(folder: string): Promise<Kind[]> {
  const result = readFileSync(dataPath('results', 'naive-faces.json'));
  const data = join(folder, 'data');
  mkdirSync(join(data, 'results'), { recursive: true });
  process.env.NAIVE_DIFFUSION_DATA = data;
  return [
    ...idxKinds(folder),
    ...(await imageKinds(folder)),
    ...(await sheetKinds(data)),
    tensors(folder),
    results(data, result),
  ];
}

const random = new Random(11);
const noise = (length: number, below = 256) => Uint8Array.from({ length }, () => random.int(below));

function idxKinds(folder: string): Kind[] {
  const header = (dims: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * dims.length);
    bytes.set([0, 0, 8, dims.length]);
    dims.forEach((n, i) => bytes.writeUInt32BE(n, 4 + 4 * i));
    return bytes;
  };
  const images = Buffer.concat([header([5, 7, 6]), noise(5 * 42)]);
  const labels = Buffer.concat([header([5]), noise(5, 10)]);
  const kind = (name: string, file: string, bytes: Buffer, checked: boolean): Kind => {
    const path = join(folder, file);
    writeFileSync(path, bytes);
    const load = async (changed: Buffer) => {
      writeFileSync(path, changed);
      try {
        const gzipped = file.endsWith('.gz');
        const set = await loadIdx({
          images: join(folder, gzipped ? file : 'images-idx3'),
          labels: join(folder, 'labels-idx1'),
          size: 8,
        });
        return sound(set, 8, 8, [1, 3]);
      } finally {
        writeFileSync(path, bytes);
      }
    };
    return { name, loader: 'loadIdx', file, checked, bytes, load };
  };
  return [
    kind('IDX images', 'images-idx3', images, false),
    kind('IDX labels', 'labels-idx1', labels, false),
    kind('IDX images, gzipped', 'images-idx3.gz', gzipSync(images), true),
  ];
}

async function imageKinds(folder: string): Promise<Kind[]> {
  const size = { width: 24, height: 20 };
  const pixels = Buffer.from(Array.from({ length: 24 * 20 * 3 }, (_, i) => (i * 37 + ((i * i) >> 6)) % 256));
  const image = sharp(pixels, { raw: { ...size, channels: 3 } });
  const files: [name: string, file: string, bytes: Buffer, checked: boolean][] = [
    ['PNG', 'a.png', await image.png().toBuffer(), true],
    ['PNG with a palette', 'a.png', await image.png({ palette: true, colours: 16 }).toBuffer(), true],
    ['JPEG', 'a.jpg', await image.jpeg({ quality: 90 }).toBuffer(), false],
    ['JPEG, progressive', 'a.jpg', await image.jpeg({ progressive: true }).toBuffer(), false],
    ['WebP', 'a.webp', await image.webp({ quality: 90 }).toBuffer(), false],
    ['WebP, lossless', 'a.webp', await image.webp({ lossless: true }).toBuffer(), false],
  ];
  return files.map(([name, file, bytes, checked], i) => {
    const own = join(folder, `images-${i}`);
    mkdirSync(own);
    const load = async (changed: Buffer) => {
      writeFileSync(join(own, file), changed);
      return sound(await loadFolder(own, { size: 16 }), 16, 16, [3]);
    };
    return { name, loader: 'loadFolder', file, checked, bytes, load };
  });
}

/** Sheets of the data folder and their tables, of four tiles each. */
async function sheetKinds(data: string): Promise<Kind[]> {
  const make = async (name: string, channels: 3 | 4, table: Record<string, unknown>) => {
    const tiles = noise(4 * 8 * 8 * channels);
    const { width, height, data: pixels } = sheet(tiles, { size: 8, perRow: 2, bytes: channels });
    const png = await sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();
    const sha256 = createHash('sha256').update(png).digest('hex');
    const json = Buffer.from(JSON.stringify({ count: 4, size: 8, perRow: 2, sha256, ...table }));
    writeFileSync(join(data, `${name}.png`), png);
    writeFileSync(join(data, `${name}.json`), json);
    return { png, json };
  };
  const table = (value: unknown) => Object.fromEntries(faceAttributes.map((name) => [name, value]));
  const faces = await make('faces', 3, {
    labels: table([0, 1, 1, 0]),
    vocabulary: table(['some', 'other']),
    proportions: table([0.5, 0.5]),
    heldOut: [{ hair: 'some', glasses: 'other' }],
    fatness: [0, 0.25, 0.5, 1],
  });
  const animals = await make('animals', 4, {
    animals: Array.from({ length: 4 }, (_, i) => ({ name: `animal ${i}`, set: 'a set', license: 'MIT' })),
  });
  const kind = (name: string, file: string, bytes: Buffer, checked: boolean): Kind => {
    const loader = file.startsWith('faces') ? 'loadFaces' : 'loadAnimals';
    const load = async (changed: Buffer) => {
      writeFileSync(join(data, file), changed);
      try {
        if (loader === 'loadFaces') return soundFaces(await loadFaces({ split: 'all' }));
        return soundAnimals(await loadAnimals());
      } finally {
        writeFileSync(join(data, file), bytes);
      }
    };
    return { name, loader, file, checked, bytes, load };
  };
  return [
    kind('sheet of faces', 'faces.png', faces.png, true),
    kind('table of faces', 'faces.json', faces.json, false),
    kind('sheet of animals', 'animals.png', animals.png, true),
    kind('table of animals', 'animals.json', animals.json, false),
  ];
}

function tensors(folder: string): Kind {
  const path = join(folder, 'a.safetensors');
  const values = (shape: number[]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
    return { shape, data };
  };
  const contents = { a: values([3, 4]), b: values([]), c: values([0, 2]), 'd.e': values([5]) };
  writeSafetensors(path, { tensors: contents, metadata: { format: '1', config: '{"kind":"none"}' } });
  const load = async (changed: Buffer) => {
    writeFileSync(path, changed);
    const read = await readSafetensors(path);
    for (const { shape, data } of Object.values(read.tensors))
      if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new Unsound('values that do not fit the shape');
    for (const text of Object.values(read.metadata)) if (typeof text !== 'string') throw new Unsound('metadata');
    return read;
  };
  return {
    name: 'safetensors',
    loader: 'readSafetensors',
    file: 'a.safetensors',
    checked: false,
    bytes: readFileSync(path),
    load,
  };
}

function results(data: string, bytes: Buffer): Kind {
  writeFileSync(join(data, 'results', 'z.json'), bytes);
  const load = async (changed: Buffer) => {
    const path = join(data, 'results', 'a.json');
    writeFileSync(path, changed);
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (line: string) => void warnings.push(line);
    try {
      const read = await loadResults();
      if (
        !read.some(
          (result) => JSON.stringify(result) === JSON.stringify(parseJson(bytes.toString(), v.unknown(), 'a result')),
        )
      )
        throw new Unsound('another result that was lost');
      if (warnings.length > 0) throw new Error(warnings[0]);
      return read;
    } finally {
      console.warn = warn;
      rmSync(path);
    }
  };
  return { name: 'results', loader: 'loadResults', file: 'a.json', checked: false, bytes, load };
}

/** What was loaded contradicts itself. */
export class Unsound extends Error {}

function sound(set: ImageSet, height: number, width: number, channels: number[]): unknown {
  if (set.height !== height || set.width !== width || !channels.includes(set.channels))
    throw new Unsound('another size');
  if (set.length < 1 || set.pixels.length !== set.length * height * width * set.channels) throw new Unsound('pixels');
  if (set.labels && set.labels.length !== set.length) throw new Unsound('labels');
  return { channels: set.channels, pixels: [...set.pixels], labels: set.labels && [...set.labels] };
}

function soundFaces(set: FaceSet): unknown {
  const words = Array.from({ length: set.length }, (_, i) => set.describe(i));
  if (words.some((word) => Object.values(word).some((text) => typeof text !== 'string'))) throw new Unsound('words');
  if (set.fatness.some((x) => !(x >= 0 && x <= 1))) throw new Unsound('fatness');
  return {
    set: sound(set, set.height, set.height, [3]),
    words,
    fatness: [...set.fatness],
    known: [set.proportions, set.heldOut],
  };
}

function soundAnimals(set: AnimalSet): unknown {
  return { set: sound(set, set.height, set.height, [4]), animals: set.animals };
}
