// @ts-check
// What other users of this computer can read.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [READ, ENTER] = [0o004, 0o001];

/**
 * The first place on the way to a file or folder, from the top, that keeps other users from reading it. What is not
 * there yet does not.
 * @param {string} path
 * @returns {string | undefined} nothing where they can read it
 */
export function unreadableByOthers(path) {
  const above = dirname(path) === path ? undefined : unreadableByOthers(dirname(path));
  if (above !== undefined) return above;
  return isClosed(path, ENTER) ? path : undefined;
}

/**
 * The first place on the way to a file or folder, or in a folder, that keeps other users from reading it. Links lead
 * elsewhere, and are not followed.
 * @param {string} path
 * @returns {string | undefined} nothing where they can read all of it
 */
export function unreadableWithin(path) {
  const above = unreadableByOthers(path);
  if (above !== undefined || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return above;
  if (isClosed(path, READ | ENTER)) return path;
  const inside = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isSymbolicLink());
  return inside.map((entry) => join(entry.parentPath, entry.name)).find((entry) => isClosed(entry, READ | ENTER));
}

/**
 * @param {string} path
 * @param {number} ofFolder what others must be able to do with a folder; files they must be able to read
 */
function isClosed(path, ofFolder) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const needed = found.isDirectory() ? ofFolder : READ;
  return (found.mode & needed) !== needed;
}
