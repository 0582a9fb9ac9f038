import { decode } from 'fast-png';
import { readCommitted, type SheetTable } from './committed.js';
import { ImageSet, positions, type ImageSetParts, type Selection } from './image-set.js';

/** One animal head: what it is, and where it comes from. */
export interface Animal {
  /** `fox`, `panda`, … */
  name: string;
  /** The emoji set that it was drawn for. */
  set: string;
  license: string;
}

/**
 * Animal heads. `images()` are `[n, 32, 32, 4]`: red, green, blue and alpha, in [0, 1], colours not multiplied by
 * alpha.
 */
export class AnimalSet extends ImageSet {
  /** What each head is. */
  readonly animals: Animal[];

  /** Images of animals, and what each of them is. */
  constructor(images: ImageSetParts, animals: Animal[]) {
    super(images);
    if (animals.length !== this.length) {
      throw new Error(
        `AnimalSet: animals must have one entry for each of the ${this.length} heads, got ${animals.length}`,
      );
    }
    this.animals = animals;
  }

  override subset(which: Selection, name = this.name): AnimalSet {
    const rows = positions('subset', this.length, which);
    return new AnimalSet(
      this.parts(rows, name),
      Array.from(rows, (row) => this.animals[row]),
    );
  }
}

/**
 * 77 animal heads seen from the front, 32x32 with transparency, from four open emoji sets (each entry of `animals`
 * names its set and licence). Throws an error that names the file and the fault when one is missing or damaged.
 */
export async function loadAnimals(): Promise<AnimalSet> {
  const { png, table } = await readCommitted<SheetTable & { animals: Animal[] }>('loadAnimals', 'animals');
  const { count, size, perRow } = table;
  const sheet = decode(png);
  const pixels = new Uint8Array(count * size * size * 4);
  for (let row = 0; row < count * size; row++) {
    const image = Math.floor(row / size);
    const from = ((Math.floor(image / perRow) * size + (row % size)) * sheet.width + (image % perRow) * size) * 4;
    pixels.set(sheet.data.subarray(from, from + size * 4), row * size * 4);
  }
  return new AnimalSet({ name: 'animals', height: size, width: size, channels: 4, pixels }, table.animals);
}
