// A claim: a sentence of the prose, the numbers it speaks of, and what must hold of them.
import { type Outputs } from './outputs.js';

/** A number in braces. Braces of formulas, as in 2^{10} or \frac{1}{2}, follow a  or a letter and are none. */
export const MARKED = /(?<![\^_$\w}\\])\{([^{}]+)\}/g;

export interface Claim {
  /** As it stands in the prose, with braces around each number that `read` finds: 'a distance of {3.9}'. */
  readonly sentence: string;
  /** What the outputs say: first one value for each pair of braces, in their order, then what `holds` needs besides. */
  readonly read: (outputs: Outputs) => number | number[];
  /** What must be true of all values that `read` has found. */
  readonly holds?: (...values: number[]) => boolean;
}

/**
 * A claim that the outputs of a document can confirm or break. Numbers in braces, {3.9} or {twelve}, are compared with
 * what is found, rounded as they are written. What the sentence says in other words ("about a third", "less than") goes
 * into `holds`.
 * @throws Error if the sentence has no number in braces and `holds` is left out: it would claim nothing
 */
export function claim(sentence: string, read: Claim['read'], holds?: Claim['holds']): Claim {
  if (!holds && sentence.search(MARKED) < 0)
    throw new Error(`claim: expected a number in braces or something that holds, got neither in "${sentence}"`);
  return { sentence, read, holds };
}

/** Whether a value is within a share of another: near(0.31, 1 / 3, 0.1) for "about a third". */
export function near(value: number, expected: number, share = 0.1): boolean {
  return Math.abs(value - expected) <= share * Math.abs(expected);
}

/** Whether each value is larger than the one before. */
export function rising(...values: number[]): boolean {
  return values.length > 1 && values.every((value, i) => i === 0 || value > values[i - 1]);
}

/** Whether each value is smaller than the one before. */
export function falling(...values: number[]): boolean {
  return values.length > 1 && values.every((value, i) => i === 0 || value < values[i - 1]);
}
