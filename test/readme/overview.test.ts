import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import * as library from 'naive-diffusion';
import { readme } from './blocks.js';

const read = (name: string) => readFileSync(path.join(import.meta.dirname, '..', '..', 'lib', 'src', name), 'utf8');
const [index, types] = [read('index.ts'), read('types.ts')];

/** The rows of the README's table of what the library offers: the section, and what is said of it. */
function rows(): string[][] {
  const table = /## What the library offers\n\n([\s\S]*?)\n\n/.exec(readme)![1];
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

it('the README has a row for each section of the library, in its order', () => {
  const sections = [...index.matchAll(/^\/\/ (\w+)/gm)].map(([, name]) => name);
  expect(rows().map(([name]) => name)).toEqual(sections);
});

it('what the README names is public', () => {
  const names = rows().flatMap(([, text]) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(names.length).toBeGreaterThan(50);
  const isType = (name: string) =>
    /^[A-Z]/.test(name) && new RegExp(`export (interface|type|class) ${name}\\b`).test(types);
  const unknown = names.filter((name) => !(name in library) && !isType(name));
  expect(unknown).toEqual([]);
});
