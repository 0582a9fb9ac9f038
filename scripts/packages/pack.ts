/** The packages as they would be published, in tarballs. */
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { parseJson } from '../read-json.ts';
import { command } from '../setup/command.mjs';
import { buildLibrary } from '../setup/library.mjs';
import { root } from '../setup/paths.mjs';
import { explain } from '../setup/problem.mjs';

/** What `npm pack --json` prints. */
const Packed = v.tuple([v.object({ filename: v.string(), unpackedSize: v.number() })]);

const sources = path.join(root, 'lib', 'src');
const built = path.join(root, 'lib', 'dist');

export interface Tarball {
  file: string;
  /** Compressed. */
  bytes: number;
  /** Of all its files. */
  unpacked: number;
}

/** The library, built anew if its sources have changed. */
export async function packLibrary(to: string): Promise<Tarball> {
  await buildLibrary();
  for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    const [, source] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(name) ?? [];
    if (source && !existsSync(path.join(sources, `${source}.ts`))) rmSync(path.join(built, name)); // of a former source
  }
  copySetUp();
  return pack(path.join(root, 'lib'), to);
}

/** The part of set-up that `npx naive-diffusion setup` uses, as it lies in `scripts`. */
const setUp = [
  'environment.mjs',
  ...[
    'all-ends',
    'command',
    'lock',
    'main',
    'marks',
    'node-version',
    'options',
    'packages',
    'paths',
    'problem',
    'processes',
    'python',
    'report',
  ].map((name) => `setup/${name}.mjs`),
  'setup/commands/package.mjs',
  'setup/native',
];

/** Copies it to a folder `dist`. */
export function copySetUp(to = built): void {
  rmSync(path.join(to, 'setup'), { recursive: true, force: true });
  for (const name of setUp) cpSync(path.join(root, 'scripts', name), path.join(to, name), { recursive: true });
}

/** Makes the tarball of a folder. */
export async function pack(folder: string, to: string): Promise<Tarball> {
  const { code, output, stdout } = await command('npm', ['pack', '--json', '--pack-destination', to], {
    cwd: folder,
  });
  if (code !== 0) throw explain(`packing ${folder}`, output);
  const [{ filename, unpackedSize }] = parseJson(stdout, Packed, 'npm pack');
  const file = path.join(to, filename);
  return { file, bytes: statSync(file).size, unpacked: unpackedSize };
}

/** What to say of a tarball. */
export function sizeOf({ bytes, unpacked }: Tarball): string {
  return `${inMegabytes(bytes)}, ${inMegabytes(unpacked)} unpacked`;
}

/** A number of bytes, as in `12.3 MB`. */
export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;
}
