import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { dataPath, faceAttributes, type FaceSet, loadFaces } from 'naive-diffusion';
import { sheet } from '../../scripts/data/sheet.js';

/** A data folder with few faces in it, on which an evaluation takes seconds: what else it has is the repository's. */
export async function fewFaces(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const sheets = {
    faces: await loadFaces({ split: 'all', limit: 700 }),
    'faces-test': await loadFaces({ split: 'test', limit: 250 }),
  };
  for (const name of readdirSync(dataPath()))
    if (name !== 'results' && !/^faces(-test)?\./.test(name)) symlinkSync(dataPath(name), path.join(folder, name));
  for (const [name, faces] of Object.entries(sheets)) write(path.join(folder, name), faces);
}

function write(file: string, { pixels, length, attributes, vocabulary, proportions, heldOut, fatness }: FaceSet): void {
  const layout = { size: 32, perRow: 100 };
  const png = encode({ ...sheet(pixels, { ...layout, bytes: 3 }), channels: 3 });
  writeFileSync(`${file}.png`, png);
  const table = {
    ...layout,
    count: length,
    sha256: createHash('sha256').update(png).digest('hex'),
    labels: Object.fromEntries(faceAttributes.map((name) => [name, [...attributes[name]]])),
    vocabulary,
    proportions,
    heldOut,
    fatness: [...fatness],
  };
  writeFileSync(`${file}.json`, JSON.stringify(table));
}
