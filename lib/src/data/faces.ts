import { checkWhole } from '../check.js';
import { committedTiles, readCommitted, wrongTable, type Committed } from './committed.js';
import { ImageSet, pick, positions, type ImageSetParts, type Selection } from './image-set.js';
import { isObject } from './json.js';

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

  /** @throws {Error} when attributes and images differ in number */
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
  /**
   * Height and width: 32 by default. At 64 there are the first 5,000 of the ten thousand and 1,000 to test with, the
   * same faces, drawn at twice the size.
   */
  size?: 32 | 64;
}

/**
 * Ten thousand cartoon faces, and 2,500 more to test with, 32x32 RGB, drawn by this project with facesjs: every
 * attribute was drawn independently, so that the truth about them is known. Throws an error that names the file and the
 * fault when one is missing or damaged.
 */
export async function loadFaces({ split = 'train', limit, size = 32 }: FacesOptions = {}): Promise<FaceSet> {
  if (!['train', 'held-out', 'all', 'test'].includes(split)) {
    throw new Error(`loadFaces: split must be 'train', 'held-out', 'all' or 'test', got ${JSON.stringify(split)}`);
  }
  if (limit !== undefined) checkWhole('loadFaces', 'limit', limit);
  if (![32, 64].includes(size)) throw new Error(`loadFaces: size must be 32 or 64, got ${JSON.stringify(size)}`);
  const all = await readFaces(`faces${size === 64 ? '-64' : ''}${split === 'test' ? '-test' : ''}`);
  const held = new Set(all.heldOut.flatMap((combination) => all.where(combination)));
  const rows: number[] = [];
  for (let i = 0; i < all.length && rows.length < (limit ?? Infinity); i++) {
    if (split === 'all' || split === 'test' || held.has(i) === (split === 'held-out')) rows.push(i);
  }
  return all.subset(rows, `faces (${split})`);
}

async function readFaces(file: string): Promise<FaceSet> {
  const committed = await readCommitted('loadFaces', file);
  const { table } = committed;
  const parts = readParts(committed);
  const pixels = await committedTiles('loadFaces', committed, 3);
  return new FaceSet({ name: 'faces', height: table.size, width: table.size, channels: 3, pixels }, parts);
}

/** Everything that faces.json says beside the layout of the sheet. */
function readParts(committed: Committed): FaceParts {
  const { count, labels, vocabulary, proportions, heldOut, fatness } = committed.table;
  const fail = (fault: string) => wrongTable('loadFaces', committed, fault);
  const attributes: Partial<Record<FaceAttribute, Uint8Array>> = {};
  for (const name of faceAttributes) {
    const column = isObject(labels) ? labels[name] : undefined;
    const words = isObject(vocabulary) ? vocabulary[name] : undefined;
    const chances = isObject(proportions) ? proportions[name] : undefined;
    if (!Array.isArray(column) || !isListOf(words, isText) || !isListOf(chances, isShare))
      return fail(`has no ${name}`);
    if (new Set(words).size !== words.length) return fail(`has a word for ${name} twice`);
    if (column.length !== count) return fail(`has ${column.length} labels for ${name}, but ${count} faces`);
    if (chances.length !== words.length || Math.abs(chances.reduce((sum, p) => sum + p, 0) - 1) > 1e-4)
      return fail(`must have ${words.length} proportions of ${name} that sum to 1`);
    if (!column.every((value) => Number.isInteger(value) && value >= 0 && value < words.length))
      return fail(`has a label for ${name} outside its vocabulary`);
    attributes[name] = Uint8Array.from(column as number[]);
  }
  const words = vocabulary as FaceParts['vocabulary'];
  const known = (combination: unknown) =>
    isObject(combination) &&
    Object.entries(combination).every(([name, word]) => isFaceAttribute(name) && words[name].includes(word as string));
  if (!isListOf(heldOut, known)) return fail('must have a list of held-out combinations of its attributes');
  if (!isListOf(fatness, isShare) || fatness.length !== count)
    return fail(`must have the fatness of its ${count} faces`);
  return {
    attributes: attributes as FaceParts['attributes'],
    vocabulary: words,
    proportions: proportions as FaceParts['proportions'],
    heldOut: heldOut as FaceCombination[],
    fatness: Float32Array.from(fatness),
  };
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[];
function isListOf(value: unknown, is: (item: unknown) => boolean): value is unknown[];
function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isFaceAttribute(name: string): name is FaceAttribute {
  return (faceAttributes as readonly string[]).includes(name);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
