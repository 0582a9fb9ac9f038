// @ts-check
// The cells of a notebook's file, and what its headings say of them.
import fs from 'node:fs';

/**
 * @typedef {{ type: string, id?: string, source: string }} Cell
 * @typedef {object} Section
 * @property {number} level of its heading: 2 for `##`
 * @property {string} title
 * @property {number[]} cells the numbers of its code cells, those of its subsections too, in their order
 */

/**
 * @param {string} file
 * @returns {Cell[]}
 */
export function readCells(file) {
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8'));
  return cells.map((/** @type {any} */ { cell_type, id, source }) => ({
    type: cell_type,
    id,
    source: [source].flat().join(''),
  }));
}

/** @param {Cell} cell */
export const isCode = ({ type, source }) => type === 'code' && source.trim() !== '';

/**
 * Everything with a heading of the second level or below.
 * @param {Cell[]} cells
 * @returns {Section[]}
 */
export function sectionsOf(cells) {
  /** @type {Section[]} */
  const sections = [];
  /** @type {Section[]} those that a cell stands in */
  let open = [];
  cells.forEach((cell, number) => {
    if (cell.type === 'markdown') {
      for (const [, marks, title] of cell.source.matchAll(/^(##+) (.+)$/gm)) {
        const section = { level: marks.length, title: title.trim(), cells: [] };
        open = [...open.filter(({ level }) => level < section.level), section];
        sections.push(section);
      }
    } else if (isCode(cell)) for (const section of open) section.cells.push(number);
  });
  return sections;
}
