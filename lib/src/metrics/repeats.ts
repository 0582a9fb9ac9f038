import { sha256 } from '#platform/hash.js';
import { Pairs } from './pairs.js';
import { cloud, select, type Cloud, type Points } from './points.js';

/** What {@link countRepeats} finds. */
export interface Repeats {
  /** How many images were looked at. */
  images: number;
  /** How many pairs of images coincide: what {@link birthdayEstimate} asks for. */
  pairs: number;
  /** How many groups remain when images that coincide are put together (also those that do so through a third one). */
  distinct: number;
  /** How many images the largest group has. */
  largest: number;
}

/**
 * Counts the pairs of images that coincide: whose root mean squared difference is at most `threshold`. The default 0
 * counts equal images only. For generated images, which are never equal to the last bit, choose a threshold well under
 * the distance of different real images: `nearestNeighbours(real, real, { excludeSelf: true })` shows it.
 *
 * It needs two images. Every pair is looked at, in bounded memory, and rounding decides none.
 */
export function countRepeats(images: Points, o: { threshold?: number } = {}): Promise<Repeats> {
  const { threshold = 0 } = o;
  if (!(threshold >= 0 && Number.isFinite(threshold)))
    throw new RangeError(`countRepeats: threshold must be at least 0, got ${threshold}`);
  const all = cloud('countRepeats', 'images', images, { atLeast: 2, because: 'a repeat takes two' });
  return count(all, threshold * threshold * all.size);
}

/** For each point the position of the first point that equals it. */
export function firstAlike({ count, size, values }: Cloud): Int32Array {
  const width = size * values.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const seen = new Map<string, number>();
  return Int32Array.from({ length: count }, (_, i) => {
    const digest = sha256(bytes.subarray(i * width, (i + 1) * width));
    const first = seen.get(digest) ?? i;
    seen.set(digest, first);
    return first;
  });
}

async function count(all: Cloud, limit: number): Promise<Repeats> {
  const weights = new Map<number, number>();
  for (const first of firstAlike(all)) weights.set(first, (weights.get(first) ?? 0) + 1);
  const copies = [...weights.values()];
  const groups = new Groups(copies);
  let pairs = copies.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  if (limit > 0) {
    const different = select(all, [...weights.keys()]);
    for await (const [i, j] of closePairs(new Pairs(different, different), limit)) {
      pairs += copies[i] * copies[j];
      groups.join(i, j);
    }
  }
  return { images: all.count, pairs, ...groups.summary() };
}

/** The pairs i < j whose squared distance is at most `limit`. */
async function* closePairs(all: Pairs, limit: number): AsyncGenerator<readonly [number, number], void, void> {
  const { squaredA, normA, slack } = all;
  for await (const { rowStart, rows, columnStart, columns, products } of all.blocks()) {
    for (let r = 0; r < rows; r++) {
      const i = rowStart + r;
      for (let j = Math.max(columnStart, i + 1); j < columnStart + columns; j++) {
        const squared = squaredA[i] + squaredA[j] - 2 * products[r * columns + j - columnStart];
        const error = slack * (normA[i] + normA[j]) ** 2;
        if (squared - error > limit) continue;
        if (squared + error <= limit || all.exact(i, j) <= limit) yield [i, j];
      }
    }
  }
}

/** Things that are put together step by step (union-find), each with a number of copies. */
class Groups {
  readonly #parent: Int32Array;
  constructor(readonly copies: number[]) {
    this.#parent = Int32Array.from(copies, (_, i) => i);
  }

  join(i: number, j: number): void {
    this.#parent[this.#root(i)] = this.#root(j);
  }

  summary(): { distinct: number; largest: number } {
    const sizes = new Map<number, number>();
    this.copies.forEach((n, i) => sizes.set(this.#root(i), (sizes.get(this.#root(i)) ?? 0) + n));
    return { distinct: sizes.size, largest: [...sizes.values()].reduce((most, n) => Math.max(most, n), 0) };
  }

  #root(i: number): number {
    while (this.#parent[i] !== i) i = this.#parent[i] = this.#parent[this.#parent[i]];
    return i;
  }
}
