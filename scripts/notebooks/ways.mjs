// @ts-check
// The ways in which a notebook is run.
import { isCode, readCells } from './cells.mjs';
import { turn, valuesOf } from './dials.mjs';
import { backwards } from './restart.mjs';

/** @typedef {'in order' | 'every cell twice' | 'sections on their own' | 'dials turned'} Way */

/**
 * Three runs in which a chapter shows what readers may do with it: run a cell again, run a section alone after a
 * restart, turn the dials. The second of them has each dial at the first of its two unusual values already.
 * @type {readonly Way[]}
 */
export const EVERY_WAY = ['every cell twice', 'sections on their own', 'dials turned'];

/** Those that `npm test` takes for a chapter that has changed; the third is for an evening. */
export const SHORT_WAYS = EVERY_WAY.slice(0, 2);

/**
 * The cells to run, in their order.
 * @param {string} file of the notebook
 * @param {Way} way
 * @returns {{ number: number, source: string }[]} each with its number among the code cells, from 1
 * @throws Error where the chapter does not say what this way needs
 */
export function cellsFor(file, way) {
  const cells = readCells(file);
  const code = cells.flatMap((cell, n) => (isCode(cell) ? [n] : []));
  let order = code;
  /** @type {Record<string, string>} */
  let turned = {};
  if (way === 'every cell twice') order = code.flatMap((n) => [n, n]);
  if (way === 'sections on their own') {
    order = backwards(cells);
    turned = valueOfEach(file, 0);
  }
  if (way === 'dials turned') turned = valueOfEach(file, 1);
  const sources = turn(
    cells.map(({ type, source }) => (type === 'code' ? source : '')),
    turned,
  );
  return order.map((n) => ({ number: code.indexOf(n) + 1, source: sources[n] }));
}

/**
 * @param {string} file
 * @param {0 | 1} which
 */
function valueOfEach(file, which) {
  return Object.fromEntries(Object.entries(valuesOf(file)).map(([name, two]) => [name, two[which]]));
}
