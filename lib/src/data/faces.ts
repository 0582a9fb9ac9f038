import { decode } from 'fast-png';
import { readCommitted, remedy, type SheetTable } from './committed.js';
import { mustBePositive } from './idx.js';
import { ImageSet, pick, positions, type ImageSetParts, type Selection } from './image-set.js';

/** What is known of each face. Hair colour shows on bald heads only in brows and beards. */
export type FaceAttribute = 'background' | 'skin' | 'hairColor' | 'hair' | 'glasses' | 'facialHair';

/** The attributes of the faces, in the order in which faces.json holds them. */
export const faceAttributes: readonly FaceAttribute[] = [
  'background',
  'skin',
  'hairColor',
  'hair',
  'glasses',
  'facialHair',
];

/** A value of two or more attributes at once: `{ glasses: 'dark', facialHair: 'beard' }`. */
export type FaceCombination = Partial<Record<FaceAttribute, string>>;

/** What a `FaceSet` is made of, beyond the images. */
export interface FaceParts {
  attributes: Record<FaceAttribute, Uint8Array>;
  vocabulary: Record<FaceAttribute, string[]>;
  proportions: Record<FaceAttribute, number[]>;
  heldOut: FaceCombination[];
  fatness: Float32Array;
}

/** Faces whose attributes are known. */
export class FaceSet extends ImageSet {
  /** For each attribute, the number of its value in `vocabulary`, one for each face. */
  readonly attributes: Record<FaceAttribute, Uint8Array>;
  /** The words for the values of each attribute. */
  readonly vocabulary: Record<FaceAttribute, string[]>;
  /** The probability with which each value was drawn, independently of the other attributes, before the split. */
  readonly proportions: Record<FaceAttribute, number[]>;
  /** The combinations that no face of the training split has. */
  readonly heldOut: FaceCombination[];
  /** How wide each face was drawn, 0 to 1. */
  readonly fatness: Float32Array;

  /** Images of faces, and what is known of each of them. */
  constructor(images: ImageSetParts, faces: FaceParts) {
    super(images);
    for (const [name, values] of [...Object.entries(faces.attributes), ['fatness', faces.fatness] as const]) {
      if (values.length !== this.length) {
        throw new Error(
          `FaceSet: ${name} must have one value for each of the ${this.length} faces, got ${values.length}`,
        );
      }
    }
    ({
      attributes: this.attributes,
      vocabulary: this.vocabulary,
      proportions: this.proportions,
      heldOut: this.heldOut,
      fatness: this.fatness,
    } = faces);
  }

  /** What is known of face `index`, in words. */
  describe(index: number): Record<FaceAttribute, string> {
    positions('describe', this.length, [index]);
    const words = faceAttributes.map((name) => [name, this.vocabulary[name][this.attributes[name][index]]]);
    return Object.fromEntries(words) as Record<FaceAttribute, string>;
  }

  /**
   * The positions of the faces with all these values: `faces.where({ glasses: 'dark' })`. Throws on an unknown word.
   */
  where(values: FaceCombination): number[] {
    const wanted = Object.entries(values).map(([name, word]) => {
      const words = this.vocabulary[name as FaceAttribute];
      if (!words) throw new Error(`where: attributes are ${faceAttributes.join(', ')}, got ${name}`);
      if (!words.includes(word)) throw new Error(`where: ${name} must be one of ${words.join(', ')}, got ${word}`);
      return [this.attributes[name as FaceAttribute], words.indexOf(word)] as const;
    });
    const found: number[] = [];
    for (let i = 0; i < this.length; i++) if (wanted.every(([column, value]) => column[i] === value)) found.push(i);
    return found;
  }

  override subset(which: Selection, name = this.name): FaceSet {
    const rows = positions('subset', this.length, which);
    const columns = faceAttributes.map((a) => [a, pick(this.attributes[a], rows)]);
    const attributes = Object.fromEntries(columns) as Record<FaceAttribute, Uint8Array>;
    const { vocabulary, proportions, heldOut } = this;
    return new FaceSet(this.parts(rows, name), {
      attributes,
      vocabulary,
      proportions,
      heldOut,
      fatness: pick(this.fatness, rows),
    });
  }
}

/** Which faces, and how many of them. */
export interface FacesOptions {
  /**
   * Of the ten thousand, `train` (default) has none of the held-out combinations of attributes, `held-out` only those,
   * `all` both. `test` are 2,500 others without held-out combinations: unseen faces of what `train` is drawn from.
   */
  split?: 'train' | 'held-out' | 'all' | 'test';
  /** Keep only the first ones. Default: all. */
  limit?: number;
}

/**
 * Ten thousand cartoon faces, and 2,500 more to test with, 32x32 RGB, drawn by this project with facesjs: every
 * attribute was drawn independently, so that the truth about them is known. Throws an error that names the file and the
 * fault when one is missing or damaged.
 */
export async function loadFaces({ split = 'train', limit }: FacesOptions = {}): Promise<FaceSet> {
  if (!['train', 'held-out', 'all', 'test'].includes(split)) {
    throw new Error(`loadFaces: split must be 'train', 'held-out', 'all' or 'test', got ${JSON.stringify(split)}`);
  }
  if (limit !== undefined) mustBePositive('loadFaces', 'limit', limit);
  const all = await readFaces(split === 'test' ? 'faces-test' : 'faces');
  const held = new Set(all.heldOut.flatMap((combination) => all.where(combination)));
  const rows: number[] = [];
  for (let i = 0; i < all.length && rows.length < (limit ?? Infinity); i++) {
    if (split === 'all' || split === 'test' || held.has(i) === (split === 'held-out')) rows.push(i);
  }
  return all.subset(rows, `faces (${split})`);
}

/** The content of faces.json. */
interface FacesTable extends SheetTable {
  vocabulary: Record<FaceAttribute, string[]>;
  proportions: Record<FaceAttribute, number[]>;
  heldOut: FaceCombination[];
  labels: Record<FaceAttribute, number[]>;
  fatness: number[];
}

async function readFaces(file: 'faces' | 'faces-test'): Promise<FaceSet> {
  const { png, table, tablePath } = await readCommitted<FacesTable>('loadFaces', file);
  for (const name of faceAttributes) {
    const [labels, words] = [table.labels?.[name], table.vocabulary?.[name]];
    if (!labels || !words) throw new Error(`loadFaces: ${tablePath} has no ${name}; ${remedy}`);
    if (labels.length !== table.count) {
      throw new Error(
        `loadFaces: ${tablePath} has ${labels.length} labels for ${name}, but ${table.count} faces; ${remedy}`,
      );
    }
    if (!labels.every((value) => words[value] !== undefined)) {
      throw new Error(`loadFaces: ${tablePath} has a label for ${name} outside its vocabulary; ${remedy}`);
    }
  }
  const { size, vocabulary, proportions, heldOut } = table;
  const columns = faceAttributes.map((name) => [name, Uint8Array.from(table.labels[name])]);
  const attributes = Object.fromEntries(columns) as Record<FaceAttribute, Uint8Array>;
  const images = { name: 'faces', height: size, width: size, channels: 3, pixels: cut(png, table) };
  return new FaceSet(images, {
    attributes,
    vocabulary,
    proportions,
    heldOut,
    fatness: Float32Array.from(table.fatness),
  });
}

/** Cuts a sheet of tiles with a palette, `perRow` in a row, into RGB images one after another. */
function cut(png: Uint8Array, { count, size, perRow }: SheetTable): Uint8Array {
  const sheet = decode(png);
  const palette = Uint8Array.from(sheet.palette!.flatMap(([r, g, b]) => [r, g, b]));
  const pixels = new Uint8Array(count * size * size * 3);
  for (let row = 0, to = 0; row < count * size; row++) {
    const image = Math.floor(row / size);
    let from = (Math.floor(image / perRow) * size + (row % size)) * sheet.width + (image % perRow) * size;
    for (const end = from + size; from < end; from++) {
      const color = sheet.data[from] * 3;
      pixels[to++] = palette[color];
      pixels[to++] = palette[color + 1];
      pixels[to++] = palette[color + 2];
    }
  }
  return pixels;
}
