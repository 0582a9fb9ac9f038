import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashFiles, isMarked, removeMark, writeMark } from '../../scripts/setup/marks.mjs';
import { temporaryFolder } from './support.js';

it('a step is done once its mark is there, and not for other inputs', () => {
  const file = join(temporaryFolder(), 'deep', 'mark.json');
  expect(isMarked(file, { sources: 'a' })).toBe(false);
  writeMark(file, { sources: 'a' });
  expect(isMarked(file, { sources: 'a' })).toBe(true);
  expect(isMarked(file, { sources: 'b' })).toBe(false);
  expect(readdirSync(join(file, '..'))).toEqual(['mark.json']);
});

it('a step whose mark was removed, because it was killed half-way, is not done', () => {
  const file = join(temporaryFolder(), 'mark.json');
  writeMark(file, 1);
  removeMark(file);
  expect(isMarked(file, 1)).toBe(false);
});

it('half a mark is no mark', () => {
  const file = join(temporaryFolder(), 'mark.json');
  writeFileSync(file, '{ "sources": "a');
  expect(isMarked(file, { sources: 'a' })).toBe(false);
});

it('the hash of files changes with a content, a name and a new file, and not with packages beside them', () => {
  const folder = temporaryFolder();
  const hash = () => hashFiles(folder, [folder]);
  const hashes = [hash()];
  writeFileSync(join(folder, 'a.ts'), '1');
  hashes.push(hash());
  writeFileSync(join(folder, 'a.ts'), '2');
  hashes.push(hash());
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub', 'a.ts'), '2');
  hashes.push(hash());
  expect(new Set(hashes).size).toBe(4);
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'node_modules', 'x.js'), '');
  expect(hash()).toBe(hashes.at(-1));
});
