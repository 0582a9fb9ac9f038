import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { dataPath, writeWhole } from 'naive-diffusion';
import { readJson } from '../read-json.ts';
import { sha256Of } from '../sha256.ts';

/** The project's data folder. */
export const dataFolder = fileURLToPath(new URL('../../data/', import.meta.url));

/** Writes a file of the data folder beside the old one, then puts it in its place. */
export function writeData(name: string, content: Uint8Array | string): void {
  writeWhole('writeData', join(dataFolder, name), content);
}

/** Folders of the data folder all of whose files have their hashes in SHA256SUMS. */
const listedFolders = ['.', 'checkpoints', 'classifiers'];

/** The files of the data folder that belong into SHA256SUMS: what is loaded, and the cards beside it. */
export function filesToList(folder = dataPath()): string[] {
  const files = listedFolders.flatMap((inner) => {
    const path = join(folder, inner);
    return existsSync(path) ? readdirSync(path).map((name) => (inner === '.' ? name : `${inner}/${name}`)) : [];
  });
  // Pictures for readers are not loaded, and the package's card changes with each version.
  const isOther = (name: string) => name.endsWith('samples.png') || name === 'package.json';
  return files.filter((name) => /\.(json|png|safetensors)$/.test(name) && !isOther(name)).sort();
}

/**
 * Notes the hashes of files of the data folder in SHA256SUMS, in the format of `sha256sum`; the lines of others stay as
 * long as there are such files.
 */
export function noteChecksums(names: string[], folder = dataPath()): void {
  const path = join(folder, 'SHA256SUMS');
  const old = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const sums = new Map(old.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const name of names) sums.set(name, sha256Of(join(folder, name)));
  const kept = [...sums].filter(([name]) => existsSync(join(folder, name))).sort(([a], [b]) => (a < b ? -1 : 1));
  writeWhole('noteChecksums', path, kept.map(([name, sum]) => `${sum}  ${name}\n`).join(''));
}

/** JSON with each entry of the object on a line of its own, and so those of the objects named in `open`. */
export function jsonLines(object: Record<string, unknown>, open: string[] = []): string {
  const entries = Object.entries(object).map(([name, value]) => {
    const text = open.includes(name) ? indent(value as object) : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${entries.join(',\n')}\n}\n`;
}

function indent(value: object): string {
  if (Array.isArray(value)) return `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  return `{\n${Object.entries(value)
    .map(([name, item]) => `    ${JSON.stringify(name)}: ${JSON.stringify(item)}`)
    .join(',\n')}\n  }`;
}

/** The installed version of an npm package. */
export function versionOf(name: string): string {
  // facesjs lists no package.json among its exports, so its own file is found by way of its folder.
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  return readJson(join(folder, 'package.json'), v.object({ version: v.string() })).version;
}
