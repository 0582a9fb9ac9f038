import { checkPath } from '../../check-path.js';
import type { FolderEntry } from '../types.js';
import { environment } from './environment.js';

/** What has been written in this page, by its address: it stays as long as the page does. */
const written = new Map<string, Uint8Array>();

/** Where a path leads: an address, from that of the page, or of `NAIVE_DIFFUSION_BASE` where that is set. */
export function absolute(path: string): string {
  const page = (globalThis as { document?: Document }).document?.baseURI ?? globalThis.location?.href;
  const base = environment('NAIVE_DIFFUSION_BASE');
  return new URL(path, base ? new URL(base, page) : page).href;
}

/**
 * Reads a whole file: what has been written in this page, or else what the site has at this path.
 * @param caller name of the public function, for the error
 * @param remedy what to do when it cannot be read
 * @throws {TypeError} when `path` is no text
 * @throws {Error} naming the address, what is wrong and the remedy
 */
export async function readWhole(caller: string, path: string, remedy = 'check the path'): Promise<Uint8Array> {
  checkPath(caller, path);
  const file = absolute(path);
  const own = written.get(file);
  if (own) return own.slice();
  try {
    return await load(file);
  } catch (cause) {
    throw new Error(`${caller}: cannot read ${file}: ${(cause as Error).message}; ${remedy}`, { cause });
  }
}

/**
 * What lies in a folder, in no particular order: what has been written there, and what the list `index.json` in it
 * names, for a site does not tell what it has. Names of folders end in `/` there. Nothing where there is no such list
 * and `missing` is `'empty'`.
 * @param caller name of the public function, for the error
 * @param remedy what to do when it cannot be read
 * @throws {Error} naming the folder, what is wrong and the remedy
 */
export async function listFolder(
  caller: string,
  path: string,
  { missing = 'error', remedy = '' }: { missing?: 'error' | 'empty'; remedy?: string } = {},
): Promise<FolderEntry[]> {
  const folder = absolute(path).replace(/\/*$/, '/');
  const own = [...written.keys()].filter((file) => file.startsWith(folder)).map((file) => file.slice(folder.length));
  const names = new Set(own.map((name) => name.replace(/\/.*$/, '/')));
  try {
    for (const name of await listed(folder)) names.add(name);
  } catch (cause) {
    if (names.size === 0 && !(missing === 'empty' && cause instanceof Missing))
      throw new Error(
        `${caller}: cannot read the folder ${folder}: ${(cause as Error).message}${remedy && `; ${remedy}`}`,
        { cause },
      );
  }
  return [...names].map((name) => ({
    name: name.replace(/\/$/, ''),
    isFolder: name.endsWith('/'),
    isLink: false,
  }));
}

async function listed(folder: string): Promise<string[]> {
  const list: unknown = JSON.parse(new TextDecoder().decode(await load(`${folder}index.json`)));
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
    throw new Error('its index.json is no list of names');
  return list;
}

/** What `writeWhole` in `files.ts` does, in the page's memory. */
export function writeWhole(caller: string, path: string, content: string | Uint8Array): void {
  checkPath(caller, path);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
  written.set(absolute(path), bytes);
}

/** The site has nothing at this address. */
class Missing extends Error {}

async function load(file: string): Promise<Uint8Array> {
  const response = await fetch(file).catch((cause: unknown) => {
    throw new Error(`the site cannot be reached (${(cause as Error).message})`, { cause });
  });
  if (response.status === 404) throw new Missing('there is no such file');
  if (!response.ok) throw new Error(`the site answers ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
