/**
 * Makes data/animals.png and data/animals.json anew, in about ten seconds:
 *
 *     npx tsx scripts/make-animals.ts
 *
 * The four emoji sets are npm packages of 22 MB that nothing else needs, so they are fetched into a temporary folder.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { createCanvas, loadImage } from 'canvas';
import { encode } from 'fast-png';
import * as v from 'valibot';
import { resample } from '../lib/src/data/resample.ts';
import { commandLine, start } from './command-line.ts';
import { sources, type Source } from './data/animal-sources.ts';
import { jsonLines, noteChecksums, versionOf, writeData } from './data/files.ts';
import { sheet } from './data/sheet.ts';
import { readJson } from './read-json.ts';
import { sha256 } from './sha256.ts';

const size = 32;
const perRow = 16;
const drawn = 4 * size;

const command = commandLine(
  'npx tsx scripts/make-animals.ts',
  'Makes data/animals.png and data/animals.json anew. Four emoji sets are fetched from npm.',
);

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'animals-'));
  const tiles: Uint8Array[] = [];
  const animals: { name: string; set: string; license: string }[] = [];
  try {
    for (const source of sources) {
      const heads = await readHeads(source, fetchPackage(source, folder));
      for (const [name, image] of heads) {
        tiles.push(await shrink(image));
        animals.push({ name, set: source.set, license: source.license });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  const png = encode(
    { ...sheet(Buffer.concat(tiles), { size, perRow, bytes: 4 }), channels: 4 },
    { zlib: { level: 9 } },
  );
  const table = {
    about: 'What the tiles of animals.png are, row by row',
    command: 'npx tsx scripts/make-animals.ts',
    versions: Object.fromEntries<string>([
      ...sources.map(({ npm, version }): [string, string] => [npm, version]),
      ['@resvg/resvg-js', versionOf('@resvg/resvg-js')],
    ]),
    count: tiles.length,
    size,
    perRow,
    sha256: sha256(png),
    animals,
  };
  writeData('animals.png', png);
  writeData('animals.json', jsonLines(table, ['versions', 'animals']));
  noteChecksums(['animals.png', 'animals.json']);
  console.log(`${tiles.length} heads: animals.png has ${Math.round(png.length / 1000)} kB`);
}

/** Unpacks the package into a folder, and throws when it is not the one that was pinned. */
function fetchPackage({ set, npm, version, integrity }: Source, folder: string): string {
  execFileSync('npm', ['pack', '--silent', `${npm}@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const archive = join(folder, `${npm.slice(1).replace('/', '-')}-${version}.tgz`);
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (got !== integrity) throw new Error(`make-animals: ${npm}@${version} must have the hash ${integrity}, got ${got}`);
  mkdirSync(join(folder, set));
  execFileSync('tar', ['-xzf', archive, '-C', join(folder, set), '--strip-components=1']);
  return join(folder, set);
}

/** The heads of a set, each with its name, as image files. */
async function readHeads({ heads }: Source, path: string): Promise<[string, Buffer][]> {
  if (!Array.isArray(heads)) {
    return Object.entries(heads).map(([name, code]) => [name, readFileSync(join(path, 'assets', `${code}.webp`))]);
  }
  const set = readJson(join(path, 'icons.json'), IconSet);
  return heads.map((name) => {
    const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent ?? ''];
    if (!icon) throw new Error(`make-animals: ${set.prefix} has no ${name}`);
    const [width, height] = [icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`;
    return [
      name,
      new Resvg(svg, { fitTo: { mode: 'width', value: drawn }, font: { loadSystemFonts: false } }).render().asPng(),
    ];
  });
}

const sides = { width: v.optional(v.number()), height: v.optional(v.number()) };
const IconSet = v.object({
  prefix: v.string(),
  ...sides,
  icons: v.record(v.string(), v.object({ body: v.string(), ...sides })),
  aliases: v.optional(v.record(v.string(), v.object({ parent: v.string() }))),
});

/** An image file as `[size, size, 4]`. Colours are averaged weighted by their alpha, so that no dark rim appears. */
async function shrink(file: Buffer): Promise<Uint8Array> {
  const image = await loadImage(file);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const rgba = Float32Array.from(context.getImageData(0, 0, image.width, image.height).data);
  for (let i = 0; i < rgba.length; i += 4) for (let c = 0; c < 3; c++) rgba[i + c] *= rgba[i + 3] / 255;
  const small = resample(rgba, { side: image.width, size, channels: 4 });
  return Uint8Array.from(small, (value, at) => {
    const alpha = small[at - (at % 4) + 3];
    if (at % 4 === 3) return Math.round(value);
    return alpha < 0.5 ? 0 : Math.min(255, Math.round((value * 255) / alpha));
  });
}

await start(command, main);
