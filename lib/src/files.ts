import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, resolve } from 'node:path';

/**
 * Writes a file as a whole or not at all: to a temporary file beside it, which is renamed once it is on the disk.
 * Folders that lack are made.
 * @param caller name of the function that writes, for the error
 * @throws {Error} naming the path and the remedy; an older file of that name is then still there
 */
export function writeWhole(caller: string, path: string, content: string | Uint8Array): void {
  const target = resolve(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR' });
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary);
    throw new Error(`${caller}: cannot write ${path}: ${reason(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

/** Throws unless `path` is a text that ends in one of `endings`, such as `.png`; returns the ending. */
export function checkEnding<E extends string>(caller: string, path: string, endings: readonly E[]): E {
  const ending = typeof path === 'string' ? endings.find((e) => e === extname(path).toLowerCase()) : undefined;
  if (!ending)
    throw new TypeError(
      `${caller}: path must end in ${endings.join(' or ')}, got ${typeof path === 'string' ? `'${path}'` : String(path)}`,
    );
  return ending;
}

const reasons: Record<string, string> = {
  EISDIR: 'a folder of that name is there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
};

function reason(error: NodeJS.ErrnoException): string {
  return reasons[error.code ?? ''] ?? error.message;
}
