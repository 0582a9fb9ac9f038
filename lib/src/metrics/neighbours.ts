import { rankTest, type RankTest } from './rank-test.js';
import { firstAlike } from './repeats.js';
import { Pairs } from './pairs.js';
import { cloud, sameSize, type Cloud, type Points } from './points.js';

/** For each query its `k` nearest references, the nearest first. */
export interface Neighbours {
  k: number;
  /** Positions among the references, `[queries × k]`. */
  indices: Int32Array;
  /** Euclidean distances, `[queries × k]`. Divided by √(numbers per point) they are root mean squared differences. */
  distances: Float64Array;
}

/**
 * The `k` nearest references of each query by Euclidean distance, without approximation: candidates come from blocked
 * matrix products whose rounding is bounded, and their distances are then recomputed from differences in double
 * precision. References at equal distance come in the order of their positions.
 *
 * Memory stays bounded (about 200 MB beside the points), and the event loop gets its turn between blocks.
 * @param queries points of any kind; images kept as bytes count as [0, 1]
 * @param references at least `k` of them, as many numbers each as the queries
 * @param o.excludeSelf queries and references are the same points: a point is no neighbour of itself
 * @throws when sizes differ, there are too few references, or a number is not finite
 */
export function nearestNeighbours(
  queries: Points,
  references: Points,
  o: { k?: number; excludeSelf?: boolean } = {},
): Promise<Neighbours> {
  const a = cloud('nearestNeighbours', 'queries', queries);
  const b = queries === references ? a : cloud('nearestNeighbours', 'references', references);
  return neighboursOf('nearestNeighbours', a, b, o);
}

/** What {@link memorisation} finds. */
export interface Memorisation {
  /** The distance of each sample to its nearest training image. */
  samples: Float64Array;
  /** The distance of each held-out image to its nearest training image. */
  heldOut: Float64Array;
  /**
   * The probability that a sample lies closer to the training set than an unseen image does: ½ for real data, 1 for a
   * copyist.
   */
  closer: number;
  /**
   * How likely a value of `closer` this high is when samples are like unseen data; small: the samples are copies, or
   * nearly.
   */
  p: number;
  /** How `p` was computed. */
  method: RankTest['method'];
}

/**
 * Are samples closer to the training set than data that was never seen? The distances to the nearest training image are
 * compared by a one-sided rank test (Mann and Whitney 1947), as in the data-copying test of Meehan et al. 2020.
 *
 * It needs at least 20 samples and 20 held-out images: with fewer, only gross copying could reach a small p. The
 * held-out images must come from the same distribution as the training images, for what is unlike them lies far away
 * for that reason alone. A low `closer` is no proof of quality: noise, too, is far from every training image.
 */
export function memorisation(samples: Points, train: Points, heldOut: Points): Promise<Memorisation> {
  const because = 'with fewer, the rank test finds gross copying only';
  const a = cloud('memorisation', 'samples', samples, { atLeast: 20, because });
  const b = cloud('memorisation', 'train', train);
  const c = cloud('memorisation', 'heldOut', heldOut, { atLeast: 20, because });
  sameSize('memorisation', { samples: a, train: b, heldOut: c });
  return (async () => {
    const { distances: near } = await neighboursOf('memorisation', a, b);
    const { distances: unseen } = await neighboursOf('memorisation', c, b);
    const { less, p, method } = rankTest(near, unseen);
    return { samples: near, heldOut: unseen, closer: less, p, method };
  })();
}

/** {@link nearestNeighbours} for points that were read already. Checks before it returns its promise. */
export function neighboursOf(
  caller: string,
  a: Cloud,
  b: Cloud,
  o: { k?: number; excludeSelf?: boolean } = {},
): Promise<Neighbours> {
  const { k = 1, excludeSelf = false } = o;
  sameSize(caller, { queries: a, references: b });
  const available = b.count - (excludeSelf ? 1 : 0);
  if (!Number.isInteger(k) || k < 1 || k > available) {
    throw new RangeError(
      `${caller}: k must be a whole number from 1 to the ${available} possible neighbours, got ${k}`,
    );
  }
  if (excludeSelf && a.count !== b.count) {
    throw new Error(
      `${caller}: with excludeSelf queries and references must be the same points, got ${a.count} and ${b.count}`,
    );
  }
  return search(new Pairs(a, b), k, excludeSelf);
}

async function search(pairs: Pairs, k: number, excludeSelf: boolean): Promise<Neighbours> {
  const { a, b, squaredA, squaredB, normA, normB, slack } = pairs;
  const indices = new Int32Array(a.count * k);
  const distances = new Float64Array(a.count * k);
  let alike: Int32Array | undefined;
  let shortlists: Shortlist[] = [];
  for await (const { rowStart, rows, columnStart, columns, products } of pairs.blocks()) {
    if (columnStart === 0) shortlists = Array.from({ length: rows }, () => new Shortlist(k));
    for (let r = 0; r < rows; r++) {
      const i = rowStart + r;
      const list = shortlists[r];
      for (let c = 0; c < columns; c++) {
        const j = columnStart + c;
        const squared = squaredA[i] + squaredB[j] - 2 * products[r * columns + c];
        const error = slack * (normA[i] + normB[j]) ** 2;
        if (squared - error <= list.limit && !(excludeSelf && i === j)) list.add(j, squared - error, squared + error);
      }
      if (columnStart + columns === b.count) {
        const candidates = list.candidates();
        // Many candidates are usually copies of a few points: their distances are computed once.
        if (candidates.length > 16 + 4 * k) alike ??= firstAlike(b);
        const best = measure(pairs, i, candidates, alike).slice(0, k);
        best.forEach(({ j, squared }, n) => {
          indices[i * k + n] = j;
          distances[i * k + n] = Math.sqrt(squared);
        });
      }
    }
  }
  return { k, indices, distances };
}

/** The candidates of query `i` with their exact squared distances, the nearest first. */
function measure(pairs: Pairs, i: number, candidates: number[], alike?: Int32Array): { j: number; squared: number }[] {
  const known = new Map<number, number>();
  const measured = candidates.map((j) => {
    const first = alike ? alike[j] : j;
    const squared = known.get(first) ?? pairs.exact(i, first);
    known.set(first, squared);
    return { j, squared };
  });
  return measured.sort((x, y) => x.squared - y.squared || x.j - y.j);
}

/** References that may be among the `k` nearest of one query. */
class Shortlist {
  /** At least `k` references lie no further than this (squared). */
  limit = Infinity;
  /** The `k` smallest upper bounds so far, in ascending order. */
  readonly #upper: number[];
  #entries: { j: number; lower: number }[] = [];
  #tidyAt: number;

  constructor(k: number) {
    this.#upper = new Array<number>(k).fill(Infinity);
    this.#tidyAt = 64 + 4 * k;
  }

  /** Reference `j`, whose squared distance lies between `lower` and `upper`; `lower` is at most `limit`. */
  add(j: number, lower: number, upper: number): void {
    this.#entries.push({ j, lower });
    if (upper < this.limit) {
      const list = this.#upper;
      let at = list.length - 1;
      for (; at > 0 && list[at - 1] > upper; at--) list[at] = list[at - 1];
      list[at] = upper;
      this.limit = list[list.length - 1];
    }
    if (this.#entries.length > this.#tidyAt) {
      this.#tidy();
      this.#tidyAt = Math.max(this.#tidyAt, 2 * this.#entries.length);
    }
  }

  candidates(): number[] {
    this.#tidy();
    return this.#entries.map(({ j }) => j);
  }

  #tidy(): void {
    this.#entries = this.#entries.filter(({ lower }) => lower <= this.limit);
  }
}
