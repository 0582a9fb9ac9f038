// @ts-check
// The data that comes with the repository.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * Compares every file that `SHA256SUMS` lists with its sum.
 * @param {string} [folder]
 * @returns {number} how many files there are
 */
export function checkData(folder = join(root, 'data')) {
  const list = join(folder, 'SHA256SUMS');
  const remedy = 'Bring it back with `git checkout data`; if git knows no such file, clone the repository again.';
  if (!existsSync(list)) throw new Problem('data/SHA256SUMS is missing.', remedy);
  const lines = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (!name) throw new Problem(`data/SHA256SUMS holds a line that is no checksum: ${line}`, remedy);
    const file = join(folder, name);
    if (!existsSync(file)) throw new Problem(`data/${name} is missing.`, remedy);
    const came = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (came !== sum) throw new Problem(`data/${name} is damaged: its sha256 is ${came}, not ${sum}.`, remedy);
  }
  return lines.length;
}
