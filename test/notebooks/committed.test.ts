import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataPath } from '../../lib/src/index.js';

const LIMIT = 3_000_000;
/** Files of a folder that are larger than anyone wants to clone. */
const tooLarge = (folder: string, ending: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending) && statSync(path.join(folder, name)).size > LIMIT)
    .map((name) => `${name}: ${statSync(path.join(folder, name)).size} bytes`);

describe('what is committed with outputs or weights', () => {
  it('is at most 3 MB a notebook', () => expect(tooLarge('notebooks', '.ipynb')).toEqual([]));
  it('is at most 3 MB a checkpoint', () => expect(tooLarge(dataPath('checkpoints'), '.safetensors')).toEqual([]));
});

describe('the cells of a chapter', () => {
  it.each(readdirSync('notebooks').filter((name) => name.endsWith('.ipynb')))('have names of their own: %s', (name) => {
    const { cells } = JSON.parse(readFileSync(path.join('notebooks', name), 'utf8')) as { cells: { id: string }[] };
    const ids = cells.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) < i)).toEqual([]);
  });
});
