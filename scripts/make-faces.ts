/**
 * Draws the faces of data/faces.png and data/faces.json anew, in about a minute:
 *
 *     npx tsx scripts/make-faces.ts
 *
 * The result depends on nothing but the seed below and the versions of facesjs, resvg and gifenc.
 */
import { encode } from 'fast-png';
import { faceAttributes } from '../lib/src/data/faces.ts';
import { chances, drawFaces, heldOut, size } from './data/draw-faces.ts';
import { dataFolder, jsonLines, noteChecksums, sha256, versionOf, writeData } from './data/files.ts';
import { quantise } from './data/palette.ts';
import { sheet } from './data/sheet.ts';

const count = 10_000;
const seed = 1;
const perRow = 100;

const faces = drawFaces({ count, seed });
const { palette, indices, psnr } = quantise(faces.pixels);
const png = encode({ ...sheet(indices, { size, perRow, bytes: 1 }), channels: 1, palette: palette as [number, number, number][] }, { zlib: { level: 9 } });
if (psnr < 42) throw new Error(`make-faces: 256 colours must be within 42 dB of the drawing, got ${psnr.toFixed(2)} dB`);

const columns = faceAttributes.map((name) => [name, Array.from(faces.attributes[name])] as const);
const table = {
  about: 'Labels of faces.png: for each attribute, the number of its value in the vocabulary, one for each face, row by row',
  command: 'npx tsx scripts/make-faces.ts',
  versions: Object.fromEntries(['facesjs', '@resvg/resvg-js', 'gifenc'].map((name) => [name, versionOf(name)])),
  seed,
  count,
  size,
  perRow,
  sha256: sha256(png),
  vocabulary: faces.vocabulary,
  proportions: Object.fromEntries(faceAttributes.map((name) => [name, Object.values(chances[name]).map((p) => Number(p.toFixed(6)))])),
  heldOut,
  labels: Object.fromEntries(columns),
  fatness: Array.from(faces.fatness, (value) => Number(value.toFixed(2))),
};

writeData('faces.png', png);
writeData('faces.json', jsonLines(table, ['vocabulary', 'proportions', 'heldOut', 'labels']));
noteChecksums(['faces.png', 'faces.json']);
console.log(`${count} faces in ${dataFolder}: faces.png has ${(png.length / 1e6).toFixed(2)} MB and is ${psnr.toFixed(2)} dB from the drawing`);
const held = new Set(heldOut.flatMap((combination) => faces.where(combination)));
console.log(`held out: ${held.size} faces (${heldOut.map((c) => `${Object.values(c).join(' + ')}: ${faces.where(c).length}`).join(', ')})`);
