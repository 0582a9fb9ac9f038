import { committedTiles, readCommitted, wrongTable, type Committed } from './committed.js';
import { ImageSet, positions, type ImageSetParts, type Selection } from './image-set.js';
import { isObject } from './json.js';

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
  const committed = await readCommitted('loadAnimals', 'animals');
  const { table } = committed;
  const animals = readAnimals(committed);
  const pixels = await committedTiles('loadAnimals', committed, 4);
  return new AnimalSet({ name: 'animals', height: table.size, width: table.size, channels: 4, pixels }, animals);
}

function readAnimals(committed: Committed): Animal[] {
  const { count, animals } = committed.table;
  const fail = (fault: string) => wrongTable('loadAnimals', committed, fault);
  if (!Array.isArray(animals) || animals.length !== count) return fail(`must have a list of its ${count} animals`);
  for (const [i, animal] of animals.entries()) {
    for (const what of ['name', 'set', 'license']) {
      if (!isObject(animal) || typeof animal[what] !== 'string') fail(`must say the ${what} of animal ${i}`);
    }
  }
  return animals as Animal[];
}
