import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { checkPath } from '../../check-path.js';
import type { FolderEntry } from '../types.js';

/** Where a path leads: absolute, with a leading `~` for the home folder. */
export function absolute(path: string): string {
  return resolve(/^~(?=$|[\\/])/.test(path) ? homedir() + path.slice(1) : path);
}

/**
 * Reads a whole file.
 * @param caller name of the public function, for the error
 * @param remedy what to do when it cannot be read
 * @throws {TypeError} when `path` is no text
 * @throws {Error} naming the file, what is wrong and the remedy: it is missing, a folder, a device, not permitted, or
 * larger than 2 GiB
 */
export async function readWhole(caller: string, path: string, remedy = 'check the path'): Promise<Uint8Array> {
  checkPath(caller, path);
  const file = absolute(path);
  try {
    const found = await stat(file);
    // A pipe or a device may have no end, and then reading it has none either.
    if (!found.isFile()) throw fault(found.isDirectory() ? 'EISDIR' : 'ENOTFILE');
    const bytes = await readFile(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength); // without what a Buffer does otherwise
  } catch (error) {
    throw new Error(`${caller}: cannot read ${file}: ${reason(error, readingReasons)}; ${remedy}`, { cause: error });
  }
}

/**
 * What lies in a folder, in no particular order. Nothing where there is no folder and
 * `missing` is `'empty'`.
 * @param caller name of the public function, for the error
 * @param remedy what to do when it cannot be read
 * @throws {Error} naming the folder, what is wrong and the remedy
 */
export async function listFolder(
  caller: string,
  path: string,
  { missing = 'error', remedy = '' }: { missing?: 'error' | 'empty'; remedy?: string } = {},
): Promise<FolderEntry[]> {
  const folder = absolute(path);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return await Promise.all(
      entries.map(async (entry) => ({
        name: entry.name,
        isLink: entry.isSymbolicLink(),
        isFolder: entry.isSymbolicLink() ? await leadsToFolder(join(folder, entry.name)) : entry.isDirectory(),
      })),
    );
  } catch (cause) {
    if (missing === 'empty' && (cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const fault = reason(cause, folderReasons);
    throw new Error(`${caller}: cannot read the folder ${folder}: ${fault}${remedy && `; ${remedy}`}`, { cause });
  }
}

/** Whether a link leads to a folder; what leads nowhere is reported when it is read. */
function leadsToFolder(link: string): Promise<boolean> {
  return stat(link).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/** What `writeWhole` in `files.ts` does, on a disk. */
export function writeWhole(caller: string, path: string, content: string | Uint8Array): void {
  checkPath(caller, path);
  let temporary: string | undefined;
  try {
    const target = followLinks(absolute(path));
    mkdirSync(dirname(target), { recursive: true });
    const old = statSync(target, { throwIfNoEntry: false });
    if (old && !old.isFile()) throw fault(old.isDirectory() ? 'EISDIR' : 'ENOTFILE');
    removeLeftovers(target);
    const name = temporaryName(target);
    // `wx` opens no file that is there already, and follows no link that somebody put there.
    const file = openSync(name, 'wx');
    temporary = name;
    try {
      if (old) fchmodSync(file, old.mode);
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    if (temporary) rmSync(temporary, { force: true });
    throw new Error(`${caller}: cannot write ${absolute(path)}: ${reason(error, writingReasons)}`, { cause: error });
  }
}

/** The file that `path` leads to through symbolic links, whether it is there or not. */
function followLinks(path: string): string {
  let target = path;
  for (let links = 0; lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink(); links++) {
    if (links === 40) throw fault('ELOOP');
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}

/**
 * This computer in the name of a temporary file: others may share the folder, and have processes of the same number.
 */
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** A name that nobody can foresee, and that says whose it is. */
function temporaryName(target: string): string {
  return `${target}.${host}.${process.pid}.${randomBytes(8).toString('hex')}.tmp`;
}

/** Removes temporary files of `target` whose writers, processes of this computer, are gone. */
function removeLeftovers(target: string): void {
  const folder = dirname(target);
  const start = `${basename(target)}.${host}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(start)) continue;
    const writer = /^(\d+)\.[0-9a-f]{16}\.tmp$/.exec(name.slice(start.length));
    if (writer && !isRunning(Number(writer[1]))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

const reasons: Record<string, string> = {
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'this process has too many files open',
};

const readingReasons: Record<string, string> = {
  ...reasons,
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  ENOTFILE: 'it is a device or a pipe, not a file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

const folderReasons: Record<string, string> = {
  ...reasons,
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is a file, not a folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
};

const writingReasons: Record<string, string> = {
  ...reasons,
  EISDIR: 'a folder of that name is there',
  ENOTFILE: 'a device or a pipe of that name is there',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EFBIG: 'the file is larger than the system allows',
  EDQUOT: 'the quota of the disk is used up',
};

/** What an error of the file system means. */
function reason(error: unknown, known: Record<string, string>): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return known[code] ?? message;
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}
