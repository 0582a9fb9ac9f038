import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataPath, listPretrained } from 'naive-diffusion';
import { filesToList, noteChecksums } from '../../scripts/data/files.ts';
import { sha256 } from '../../scripts/sha256.ts';
import { temporaryFolder } from './temporary.ts';

/** The lines of a SHA256SUMS, as [hash, name]. */
const listed = (folder: string) =>
  readFileSync(join(folder, 'SHA256SUMS'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('  '));

describe('SHA256SUMS', () => {
  it('has the hash of everything that is loaded: run scripts/note-checksums.ts', async () => {
    expect(listed(dataPath()).map(([, name]) => name)).toEqual(filesToList());
    for (const [sum, name] of listed(dataPath())) expect(sha256(readFileSync(dataPath(name))), name).toBe(sum);
    const loaded = ['faces', 'faces-test', 'animals'].flatMap((name) => [`${name}.png`, `${name}.json`]);
    const models = (await listPretrained()).map((name) => `checkpoints/${name}.safetensors`);
    const classifiers = ['classifiers/digits.safetensors', 'classifiers/faces.safetensors'];
    expect(filesToList()).toEqual(expect.arrayContaining([...loaded, ...models, ...classifiers]));
  });

  it('is kept up to date file by file', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'checkpoints'));
    for (const name of ['b.png', 'a.json', 'checkpoints/m.safetensors', 'README.md'])
      writeFileSync(join(folder, name), name);
    expect(filesToList(folder)).toEqual(['a.json', 'b.png', 'checkpoints/m.safetensors']);
    noteChecksums(filesToList(folder), folder);
    writeFileSync(join(folder, 'a.json'), 'new');
    rmSync(join(folder, 'b.png'));
    noteChecksums(['a.json'], folder);
    expect(listed(folder)).toEqual([
      [sha256(Buffer.from('new')), 'a.json'],
      [sha256(Buffer.from('checkpoints/m.safetensors')), 'checkpoints/m.safetensors'],
    ]);
  });
});
