import { writeWhole as write } from '#platform/files.js';

/**
 * Writes a file as a whole or not at all: to a temporary file beside it, which is renamed once it is on the disk.
 * Folders that lack are made. Through a symbolic link its target is written, and the link stays. Temporary files that
 * writers left behind when they were killed are removed. In a page it is kept in memory, where every function of the
 * library that reads a file finds it.
 * @param caller name of the function that writes, for the error
 * @throws {TypeError} when `path` is no text
 * @throws {Error} naming the path and the remedy; an older file of that name is then still there
 */
export function writeWhole(caller: string, path: string, content: string | Uint8Array): void {
  write(caller, path, content);
}
