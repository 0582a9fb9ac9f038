/**
 * Draws the faces of data/faces.png and data/faces.json anew, those of data/faces-test.png and .json, and the first of
 * both at twice the size, data/faces-64 and data/faces-64-test, in about two minutes:
 *
 *     npx tsx scripts/make-faces.ts
 *
 * The result depends on nothing but the seeds below and the versions of facesjs, resvg and gifenc.
 */
import { encode } from 'fast-png';
import { faceAttributes, type FaceSet } from '../lib/src/data/faces.ts';
import { commandLine, start } from './command-line.ts';
import { chances, drawFaces, heldOut } from './data/draw-faces.ts';
import { dataFolder, jsonLines, noteChecksums, versionOf, writeData } from './data/files.ts';
import { paint, quantise } from './data/palette.ts';
import { sheet } from './data/sheet.ts';
import { sha256 } from './sha256.ts';

const perRow = 100;

const command = commandLine(
  'npx tsx scripts/make-faces.ts',
  'Draws the faces of data/faces, faces-test, faces-64 and faces-64-test anew, from nothing but seeds and versions.',
);

/** Faces to learn from, with all combinations of attributes. */
const seed = 1;
/** Faces to compare with: drawn like those of the training split, that is without the held-out combinations. */
const testSeed = 2;

function main(): void {
  make('faces', { size: 32, count: 10_000, candidates: 2_900, tests: 2_500 });
  // As many as fit into eight megabytes.
  make('faces-64', { size: 64, count: 5_000, candidates: 1_200, tests: 1_000 });
}

function make(
  name: string,
  { size, count, candidates, tests }: { size: number; count: number; candidates: number; tests: number },
): void {
  const faces = drawFaces({ count, seed, size });
  const others = drawFaces({ count: candidates, seed: testSeed, size });
  const test = others.subset(unheld(others).slice(0, tests));

  const { palette, indices, psnr } = quantise(faces.pixels);
  if (psnr < 42)
    throw new Error(`make-faces: 256 colours must be within 42 dB of the drawing, got ${psnr.toFixed(2)} dB`);
  write(name, faces, { seed, palette, indices });
  write(`${name}-test`, test, { seed: testSeed, palette, indices: paint(test.pixels, palette).indices });
  noteChecksums([name, `${name}-test`].flatMap((file) => [`${file}.png`, `${file}.json`]));
  console.log(`256 colours are ${psnr.toFixed(2)} dB from the drawing`);
  console.log(
    `held out: ${faces.length - unheld(faces).length} faces (${heldOut.map((c) => `${Object.values(c).join(' + ')}: ${faces.where(c).length}`).join(', ')})`,
  );
}

/** The positions of the faces that have none of the held-out combinations. */
function unheld(set: FaceSet): number[] {
  const held = new Set(heldOut.flatMap((combination) => set.where(combination)));
  return Array.from({ length: set.length }, (_, i) => i).filter((i) => !held.has(i));
}

function write(
  name: string,
  set: FaceSet,
  { seed, palette, indices }: { seed: number; palette: number[][]; indices: Uint8Array },
): void {
  const size = set.height;
  const png = encode(
    { ...sheet(indices, { size, perRow, bytes: 1 }), channels: 1, palette: palette as [number, number, number][] },
    { zlib: { level: 9 } },
  );
  const table = {
    about: `Labels of ${name}.png: for each attribute, the number of its value in the vocabulary, one for each face, row by row`,
    command: 'npx tsx scripts/make-faces.ts',
    versions: Object.fromEntries(['facesjs', '@resvg/resvg-js', 'gifenc'].map((name) => [name, versionOf(name)])),
    seed,
    count: set.length,
    size,
    perRow,
    sha256: sha256(png),
    vocabulary: set.vocabulary,
    proportions: Object.fromEntries(
      faceAttributes.map((name) => [name, Object.values(chances[name]).map((p) => Number(p.toFixed(6)))]),
    ),
    heldOut,
    labels: Object.fromEntries(faceAttributes.map((name) => [name, Array.from(set.attributes[name])])),
    fatness: Array.from(set.fatness, (value) => Number(value.toFixed(2))),
  };
  writeData(`${name}.png`, png);
  writeData(`${name}.json`, jsonLines(table, ['vocabulary', 'proportions', 'heldOut', 'labels']));
  console.log(`${set.length} faces in ${dataFolder}: ${name}.png has ${(png.length / 1e6).toFixed(2)} MB`);
}

await start(command, async () => {
  main();
});
