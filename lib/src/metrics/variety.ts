import { checkConfidence, wilsonInterval, type Interval } from './distributions.js';
import { checkAttributes, checkProportions, type Attributes, type Proportions, type Vocabulary } from './attributes.js';

/** How often one value of an attribute occurs, beside how often it should. */
export interface Proportion extends Interval {
  /** The value, in the vocabulary's words. */
  value: string;
  count: number;
  share: number;
  /** The true probability. */
  expected: number;
  /** share ÷ expected: 1 for a fair sampler, 0 for a value that never comes up, Infinity for one that should not. */
  factor: number;
}

/** How many different combinations of attributes occur. */
export interface Combinations {
  distinct: number;
  /** How many as many samples of the truth have on average, and the standard deviation of that number. */
  expected: number;
  deviation: number;
  /** How many combinations are possible under the truth. */
  possible: number;
}

/**
 * The share of each value of each attribute, with its Wilson interval, beside the truth.
 *
 * It needs 30 samples: with fewer, even a value that should come up in one of five may be missing by chance.
 * @param values for each attribute the number of its value in the vocabulary, one for each sample (a classifier's
 * predictions)
 * @param vocabulary the words for the values of each attribute
 * @param o.truth the true probabilities; equal ones where nothing is said
 */
export function attributeProportions<A extends string>(
  values: Attributes<A>,
  vocabulary: Vocabulary,
  o: { truth?: Proportions; confidence?: number } = {},
): Record<A, Proportion[]> {
  const { confidence = 0.95 } = o;
  checkConfidence('attributeProportions', confidence);
  const { names, count } = checkAttributes('attributeProportions', 'values', values, vocabulary, {
    atLeast: 30,
    because: 'with fewer, values are missing by chance',
  });
  const truth = checkProportions('attributeProportions', names, vocabulary, o.truth);
  const tables = names.map((name) => {
    const counts = new Array<number>(vocabulary[name].length).fill(0);
    for (let i = 0; i < count; i++) counts[values[name][i]]++;
    const rows = counts.map((n, v) => {
      const expected = truth[name][v];
      const share = n / count;
      return {
        value: vocabulary[name][v],
        count: n,
        share,
        ...wilsonInterval(n, count, confidence),
        expected,
        factor: expected > 0 ? share / expected : n > 0 ? Infinity : 1,
      };
    });
    return [name, rows] as const;
  });
  return Object.fromEntries(tables) as Record<A, Proportion[]>;
}

/**
 * How many different combinations of attributes the samples have, beside the number that as many samples of the truth
 * would have, where attributes are independent: Σ (1 − (1 − p)ⁿ) over all combinations, p being their probabilities.
 * The standard deviation is that of the exact occupancy distribution (Johnson and Kotz 1977).
 *
 * It needs 30 samples: with fewer, nearly every sample of anything is a combination of its own.
 * @param values for each attribute the number of its value in the vocabulary, one for each sample
 */
export function distinctCombinations(
  values: Attributes,
  vocabulary: Vocabulary,
  o: { truth?: Proportions } = {},
): Combinations {
  const { names, count } = checkAttributes('distinctCombinations', 'values', values, vocabulary, {
    atLeast: 30,
    because: 'with fewer, nearly every sample is a combination of its own',
  });
  const truth = checkProportions('distinctCombinations', names, vocabulary, o.truth);
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) seen.add(names.map((name) => values[name][i]).join());
  const cells = frequencies(names.map((name) => truth[name]));
  return { distinct: seen.size, ...occupancy(cells, count) };
}

/** Combinations of one probability: how many there are of them. */
type Cells = { probability: number; times: number }[];

/**
 * All products of one probability from each list; equal ones are put together. Combinations of probability 0 are left
 * out.
 */
function frequencies(lists: readonly (readonly number[])[]): Cells {
  let cells: Cells = [{ probability: 1, times: 1 }];
  for (const list of lists) {
    const products = new Map<string, { probability: number; times: number }>();
    for (const { probability, times } of cells) {
      for (const p of list) {
        if (p === 0) continue;
        const key = (probability * p).toPrecision(12);
        const cell = products.get(key) ?? { probability: probability * p, times: 0 };
        cell.times += times;
        products.set(key, cell);
      }
    }
    cells = [...products.values()];
  }
  return cells;
}

/** Mean and deviation of the number of combinations that n draws hit. */
function occupancy(cells: Cells, n: number): Omit<Combinations, 'distinct'> {
  const missed = cells.map(({ probability }) => (1 - probability) ** n);
  const possible = cells.reduce((sum, { times }) => sum + times, 0);
  let expected = 0;
  let variance = 0;
  cells.forEach(({ probability: p, times }, i) => {
    expected += times * (1 - missed[i]);
    variance += times * missed[i] * (1 - missed[i]);
    cells.forEach(({ probability: q, times: others }, j) => {
      const pairs = times * (i === j ? times - 1 : others);
      if (pairs > 0) variance += pairs * (Math.max(0, 1 - p - q) ** n - missed[i] * missed[j]);
    });
  });
  return { expected, deviation: Math.sqrt(Math.max(0, variance)), possible };
}
