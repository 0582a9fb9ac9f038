// @ts-check
// Which chapters have run in every short way, and have not changed since: a file that git ignores.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root, scratch } from '../setup/paths.mjs';
import { readCells } from './cells.mjs';
import { valuesOf } from './dials.mjs';

const FILE = path.join(scratch, 'chapters-that-ran.json');

/**
 * What decides how a notebook runs: its cells and dials, the compiled library, the kernel and what runs it, and the
 * data, of which only names and sizes are looked at.
 * @param {string} file
 * @returns {string}
 */
export function stateOf(file) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([readCells(file), valuesOf(file), process.version]));
  for (const part of ['package-lock.json', 'scripts/run_notebook.py'])
    hash.update(fs.readFileSync(path.join(root, part)));
  for (const folder of ['lib/dist', 'scripts/kernel', 'scripts/notebooks'])
    for (const name of filesIn(folder)) hash.update(name).update(fs.readFileSync(path.join(root, name)));
  for (const name of filesIn('data')) hash.update(`${name} ${fs.statSync(path.join(root, name)).size} `);
  return hash.digest('hex');
}

/**
 * Whether it ran in this state.
 * @param {string} file
 */
export function isGreen(file) {
  return remembered()[path.basename(file)] === stateOf(file);
}

/**
 * @param {string} file
 * @param {string} state that it had when it began to run
 */
export function rememberGreen(file, state) {
  fs.mkdirSync(scratch, { recursive: true });
  const text = JSON.stringify({ ...remembered(), [path.basename(file)]: state }, null, 1);
  fs.writeFileSync(`${FILE}.${process.pid}`, text);
  fs.renameSync(`${FILE}.${process.pid}`, FILE);
}

/** @returns {Record<string, string>} */
function remembered() {
  try {
    return JSON.parse(fs.readFileSync(FILE, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {string} folder inside the repository
 * @returns {string[]} relative to it
 */
function filesIn(folder) {
  const entries = fs.readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}
