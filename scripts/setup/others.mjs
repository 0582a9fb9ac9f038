// @ts-check
// What other users of this computer can read.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

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
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const needed = found.isDirectory() ? ENTER : READ;
  return (found.mode & needed) === needed ? undefined : path;
}
