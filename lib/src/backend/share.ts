import { tf } from './tf.js';

/**
 * Where several processes train one model, each computes a share of every batch: process `task` of `of` has the images
 * task, task + of, task + 2·of, …, so that levels that rise through a batch fall to all alike.
 */
export interface Share {
  readonly task: number;
  readonly of: number;
}

/** A share of one batch. */
interface Rows {
  /** Which images of the whole batch. */
  readonly rows: readonly number[];
  /** How many the whole batch has. */
  readonly whole: number;
}

let active: Rows | undefined;

/**
 * Which images of a batch are in a share: at least one. Where there are fewer images than processes, some take the
 * first, which then counts nothing with them: see {@link weightOf}.
 */
export function rowsOf(whole: number, { task, of }: Share): number[] {
  const rows: number[] = [];
  for (let row = task; row < whole; row += of) rows.push(row);
  return rows.length > 0 ? rows : [0];
}

/** How much a mean over the images of a share counts in the mean over the whole batch. */
export function weightOf(whole: number, share: Share): number {
  return share.task < whole ? rowsOf(whole, share).length / whole : 0;
}

/**
 * Computes something on the images of a share as if the others were there: what is drawn for each image of the share,
 * a tensor whose first axis is as long as it, is what the whole batch would have drawn for these images.
 * @param whole how many images the whole batch has
 */
export function asShare<T>(whole: number, share: Share, fn: () => T): T {
  const before = active;
  active = { rows: rowsOf(whole, share), whole };
  try {
    return fn();
  } finally {
    active = before;
  }
}

/** The images of a share, and whatever else there is one of for each image of the whole batch. */
export function pickRows<T extends tf.Tensor>(tensor: T, rows: readonly number[]): T {
  return tf.gather(tensor, tf.tensor1d([...rows], 'int32')) as T;
}

/** Draws a tensor of this shape: inside a share, its rows of what the whole batch draws. */
export function drawShare<T extends tf.Tensor>(shape: readonly number[], draw: (shape: readonly number[]) => T): T {
  if (active?.rows.length !== shape[0] || shape.length === 0) return draw(shape);
  const { rows, whole } = active;
  return tf.tidy(() => pickRows(draw([whole, ...shape.slice(1)]), rows));
}

/** Where a batch of this length has its images in the whole batch: everywhere, unless a share of it is computed. */
export function placesOf(length: number): Rows {
  if (active?.rows.length === length) return active;
  return { rows: Array.from({ length }, (_, row) => row), whole: length };
}
