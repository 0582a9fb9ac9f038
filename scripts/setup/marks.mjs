// @ts-check
// Marks say that a step is done, and for which inputs. A step removes its mark first and writes it last, so a run
// that is killed half-way leaves no mark, and the next run does the step again.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Whether `file` holds exactly this mark.
 * @param {string} file
 * @param {unknown} mark
 */
export function isMarked(file, mark) {
  return JSON.stringify(readMark(file)) === JSON.stringify(mark);
}

/**
 * The mark in `file`; undefined if there is none or it is damaged.
 * @param {string} file
 * @returns {any}
 */
export function readMark(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Writes a mark whole or not at all.
 * @param {string} file
 * @param {unknown} mark
 */
export function writeMark(file, mark) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(mark, null, 2)}\n`);
  renameSync(temporary, file);
}

/** @param {string} file */
export function removeMark(file) {
  rmSync(file, { force: true });
}

/**
 * One hash over the names and contents of files and of all files below folders.
 * @param {string} base names count relative to this folder
 * @param {string[]} paths a path that does not exist counts as absent
 */
export function hashFiles(base, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesBelow).sort()) {
    hash.update(relative(base, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/**
 * All files at or below a path, hidden ones and packages apart.
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOTDIR') return [path];
    if (code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter(
      (entry) =>
        !entry.name.startsWith('.') && entry.name !== 'node_modules' && (entry.isDirectory() || entry.isFile()),
    )
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}
