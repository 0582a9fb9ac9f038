import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from 'naive-diffusion';

/** The project's data folder. */
export const dataFolder = fileURLToPath(new URL('../../data/', import.meta.url));

/** Writes a file of the data folder beside the old one, then puts it in its place. */
export function writeData(name: string, content: Uint8Array | string): void {
  writeWhole('writeData', join(dataFolder, name), content);
}

/** Notes the hashes of these files of the data folder in SHA256SUMS, in the format of `sha256sum`; other lines stay. */
export function noteChecksums(names: string[]): void {
  const path = join(dataFolder, 'SHA256SUMS');
  const old = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const sums = new Map(old.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const name of names) sums.set(name, sha256(readFileSync(join(dataFolder, name))));
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`);
  writeData('SHA256SUMS', lines.join(''));
}

/** The SHA-256 of some bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
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
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
