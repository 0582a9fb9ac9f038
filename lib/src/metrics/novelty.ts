import { checkAttributes, checkProportions, type Attributes, type Proportions, type Vocabulary } from './attributes.js';
import { checkConfidence, wilsonInterval, type Interval } from './distributions.js';

/** How many samples have a combination of attributes that training never saw. */
export interface Novelty extends Interval {
  share: number;
  count: number;
  /**
   * What a memoriser would seem to produce, through the classifier's errors alone; absent without confusion matrices.
   */
  floor?: number;
  /** What samples of the truth would show; absent without the true proportions. */
  expected?: number;
}

/** Values (by their words) of some attributes: `{ glasses: 'dark', facialHair: 'beard' }`. */
export type Combination = Readonly<{ [attribute: string]: string | undefined }>;

/** What novelCombinations is told beside the attributes. */
export interface NoveltyOptions {
  /**
   * The combinations that count as novel, each a value (by its word) for some of the attributes. Without them, every
   * combination of all the attributes that no training image has is novel.
   */
  heldOut?: readonly Combination[];
  /** The classifier's confusion matrix for each attribute, `[true value][predicted value]`, counts or shares. */
  confusion?: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** The probability of each value, attributes being independent. */
  truth?: Proportions;
  confidence?: number;
}

/** More combinations than this are not enumerated. */
const mostCells = 2 ** 24;

/**
 * The share of samples whose attributes form a combination that training never saw. A memoriser's true share is zero,
 * but a classifier that errs fakes some: `floor` passes the training set's own combinations through the confusion
 * matrices (errors in different attributes taken as independent) and counts what comes out novel. A generator
 * generalises where `low` lies above it; `expected` is what data without held-out combinations would show (seen without
 * error).
 *
 * It needs 30 samples: with fewer, the interval is wider than any share that one would expect.
 * @param predicted for each attribute the number of its value, one for each sample; these attributes are looked at
 * @param training the same for the training set (which may have more attributes)
 * @throws when a training image has a combination of `heldOut`
 */
export function novelCombinations(
  predicted: Attributes,
  training: Attributes,
  vocabulary: Vocabulary,
  o: NoveltyOptions = {},
): Novelty {
  const { confidence = 0.95 } = o;
  checkConfidence('novelCombinations', confidence);
  const { names, count } = checkAttributes('novelCombinations', 'predicted', predicted, vocabulary, {
    atLeast: 30,
    because: 'with fewer, the interval is wider than any share to be expected',
  });
  const known = Object.fromEntries(names.map((name) => [name, training?.[name] ?? []]));
  const { count: trained } = checkAttributes('novelCombinations', 'training', known, vocabulary, {
    atLeast: 1,
    because: 'novel is what training never saw',
  });
  const sizes = names.map((name) => vocabulary[name].length);
  const cells = sizes.reduce((product, size) => product * size, 1);
  if (cells > mostCells)
    throw new RangeError(
      `novelCombinations: attributes must have at most ${mostCells} combinations, got ${cells}: leave some out`,
    );

  const seen = joint(
    names.map((name) => known[name]),
    sizes,
    trained,
  );
  const novel = o.heldOut ? matching(o.heldOut, names, vocabulary) : seen.map((share) => (share === 0 ? 1 : 0));
  if (seen.some((share, cell) => share > 0 && novel[cell] === 1)) {
    throw new Error(
      'novelCombinations: heldOut must be combinations that no training image has, got one that occurs in training',
    );
  }
  const samples = joint(
    names.map((name) => predicted[name]),
    sizes,
    count,
  );
  const hits = Math.round(dot(samples, novel) * count);
  const result: Novelty = { share: hits / count, count: hits, ...wilsonInterval(hits, count, confidence) };
  if (o.confusion) result.floor = dot(misread(seen, sizes, transitions(names, sizes, o.confusion)), novel);
  if (o.truth) {
    const truth = checkProportions('novelCombinations', names, vocabulary, o.truth);
    result.expected = dot(
      novel.map((_, cell) => digits(cell, sizes).reduce((p, value, i) => p * truth[names[i]][value], 1)),
      novel,
    );
  }
  return result;
}

/**
 * The share of each combination; a combination is numbered by its values as digits, the first attribute's the most
 * significant.
 */
function joint(columns: ArrayLike<number>[], sizes: number[], count: number): Float64Array {
  const shares = new Float64Array(sizes.reduce((product, size) => product * size, 1));
  for (let i = 0; i < count; i++)
    shares[columns.reduce((cell, column, a) => cell * sizes[a] + column[i], 0)] += 1 / count;
  return shares;
}

/** The values of combination number `cell`. */
function digits(cell: number, sizes: number[]): number[] {
  const values = new Array<number>(sizes.length);
  for (let a = sizes.length - 1; a >= 0; a--) {
    values[a] = cell % sizes[a];
    cell = Math.floor(cell / sizes[a]);
  }
  return values;
}

/** 1 for each combination that one of `patterns` fits. */
function matching(patterns: readonly Combination[], names: string[], vocabulary: Vocabulary): Float64Array {
  const wanted = patterns.map((pattern) =>
    (Object.entries(pattern) as [string, string][]).map(([name, word]) => {
      const attribute = names.indexOf(name);
      const value = vocabulary[name]?.indexOf(word) ?? -1;
      if (attribute < 0 || value < 0) {
        throw new Error(
          `novelCombinations: heldOut must name the attributes ${names.join(', ')} and their values, got ${name}: ${word}`,
        );
      }
      return { attribute, value };
    }),
  );
  const sizes = names.map((name) => vocabulary[name].length);
  return Float64Array.from({ length: sizes.reduce((product, size) => product * size, 1) }, (_, cell) => {
    const values = digits(cell, sizes);
    return wanted.some((pattern) => pattern.every(({ attribute, value }) => values[attribute] === value)) ? 1 : 0;
  });
}

/** For each attribute the probability of each prediction given each true value. */
function transitions(
  names: string[],
  sizes: number[],
  confusion: Readonly<Record<string, readonly (readonly number[])[]>>,
): number[][][] {
  return names.map((name, a) => {
    const matrix = confusion[name];
    if (matrix?.length !== sizes[a] || matrix.some((row) => row.length !== sizes[a])) {
      throw new Error(`novelCombinations: confusion must hold a ${sizes[a]}x${sizes[a]} matrix of counts for ${name}`);
    }
    const wrong = matrix.flat().find((n) => !(n >= 0 && n < Infinity));
    if (wrong !== undefined)
      throw new RangeError(`novelCombinations: confusion must hold counts of at least 0 for ${name}, got ${wrong}`);
    return matrix.map((row, value) => {
      const total = row.reduce((sum, n) => sum + n, 0);
      if (total === 0)
        throw new Error(
          `novelCombinations: confusion must hold cases of each value of ${name}, got none of value ${value}`,
        );
      return row.map((n) => n / total);
    });
  });
}

/** What a classifier makes of combinations: one attribute after another is replaced by its predictions. */
function misread(shares: Float64Array, sizes: number[], transition: number[][][]): Float64Array {
  let now = shares;
  for (let a = 0, stride = shares.length; a < sizes.length; a++) {
    stride /= sizes[a];
    const next = new Float64Array(now.length);
    now.forEach((share, cell) => {
      if (share === 0) return;
      const value = Math.floor(cell / stride) % sizes[a];
      transition[a][value].forEach((p, read) => {
        next[cell + (read - value) * stride] += share * p;
      });
    });
    now = next;
  }
  return now;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}
