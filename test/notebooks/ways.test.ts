import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCells, sectionsOf, type Cell } from '../../scripts/notebooks/cells.mjs';
import { dialsOf, turn, valuesOf } from '../../scripts/notebooks/dials.mjs';
import { backwards, missingNames, startsOf } from '../../scripts/notebooks/restart.mjs';
import { cellsFor } from '../../scripts/notebooks/ways.mjs';
import { chapters } from '../../scripts/run-notebooks.mjs';
import { temporaryFolder } from './notebook.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);

describe('what is committed', () => {
  const names = chapters().map((file) => path.basename(file));
  const pathOf = (name: string) => chapters().find((file) => file.endsWith(name))!;
  const sources = (name: string) =>
    readCells(pathOf(name)).map(({ type, source }: Cell) => (type === 'code' ? source : ''));

  test.each(names)('%s names all cells that its sections need after a restart', (name) => {
    expect(missingNames(readCells(pathOf(name)))).toEqual([]);
  });

  test.each(names)('each dial of %s has a range, the same in its comment, and two unusual values', (name) => {
    const dials = dialsOf(sources(name));
    expect(dials.length).toBeGreaterThan(0);
    expect(dials.map((dial) => dial.name).sort()).toEqual(Object.keys(valuesOf(pathOf(name))).sort());
    for (const { name: dial, comment, least, most } of dials) {
      expect(comment, `the comment above ${dial}`).toMatch(/^\/\*\*/);
      if (least) expect(comment.replace(/\s+(\* )?/g, ' ')).toContain(`${grouped(least)} to ${grouped(most!)}`);
    }
  });

  test.each(names)('the values that %s is tried with are not those that it has', (name) => {
    for (const [dial, values] of Object.entries(valuesOf(pathOf(name)))) {
      for (const value of values) expect(turn(sources(name), { [dial]: value })).not.toEqual(sources(name));
      expect(values[0]).not.toBe(values[1]);
    }
  });

  test('there are values for chapters alone', () => {
    const lists = fs.readdirSync(path.join(path.dirname(chapters()[0]), 'dials'));
    expect(lists.filter((list) => !names.includes(list.replace('.json', '.ipynb')))).toEqual(['README.md']);
  });
});

/** A number of the code as prose has it: 1,000 for 1_000 or 1e3. */
function grouped(code: string): string {
  const value = Number(code.replaceAll('_', ''));
  return value >= 1000 ? value.toLocaleString('en') : String(value);
}

const restart =
  '**What you need:** nothing. After a restart, run *Start* and *Data: faces*; each later section can then be run on its own.';
const notebook = (said = restart, last = 'use(a, late);'): Cell[] =>
  [
    ['markdown', `# A chapter\n${said}\n\nNext.\n\n## Start`],
    ['code', "import { use, type Shape } from 'somewhere';"],
    ['markdown', '## Data: faces\n\n### Loaded'],
    ['code', 'const { a, b: [c] } = use(1);'],
    ['code', ' '],
    ['markdown', 'Text.\n## One'],
    ['code', 'function late(x: Shape) { const a = 1; return a + x; }'],
    ['code', 'use(c);'],
    ['markdown', '## Two\n### Part'],
    ['code', last],
  ].map(([type, source]) => ({ type, source }));

describe('after a restart', () => {
  test('sections have their own cells and those of their subsections', () => {
    expect(sectionsOf(notebook()).map(({ title, cells }) => [title, cells])).toEqual([
      ['Start', [1]],
      ['Data: faces', [3]],
      ['Loaded', [3]],
      ['One', [6, 7]],
      ['Two', [9]],
      ['Part', [9]],
    ]);
  });

  test('a section that uses what stands in a cell that is not named is found, with the name', () => {
    expect(missingNames(notebook())).toEqual(['Two needs late']);
    expect(missingNames(notebook(`${restart} *Two* also needs *One*.`))).toEqual([]);
    expect(missingNames(notebook(restart, 'use({ c, late: 1 }, (late: Shape) => late, unknown);'))).toEqual([]);
    expect(missingNames(notebook('After a restart, run *Start*.', 'use({ c });'))).toEqual([
      'One needs c',
      'Two needs c',
    ]);
  });

  test('the last section is run first, in sight of what it needs', () => {
    expect(backwards(notebook())).toEqual([1, 3, 9, 6, 7]);
    expect(backwards(notebook(`${restart} *Two* also needs *One*.`))).toEqual([1, 3, 6, 7, 9]);
    expect(backwards(notebook('After a restart, run *Start*; *One* needs only *Loaded*.'))).toEqual([1, 9, 3, 6, 7]);
    expect(startsOf(notebook('After a restart, run all up to *Data: faces*.'))[0].before).toEqual([1, 3]);
    expect(startsOf(notebook('After a restart, run all up to *Data*.'))[0].before).toEqual([1, 3]);
  });

  test.each([
    ['Nothing of it.', 'does not say what to run after a restart'],
    ['After a restart, run the first cells.', 'names no section'],
    ['After a restart, run *Begin*.', 'has 0 sections "Begin"; it has Start, Data: faces'],
    ['After a restart, run *Start*; the end needs more.', '"the end needs more" is not understood'],
    ['After a restart, run *Start*. *Part* also needs *One*.', 'is not understood'],
  ])('%s is refused', (said, message) => {
    expect(() => startsOf(notebook(said))).toThrow(message);
  });
});

describe('dials', () => {
  const cell = `/** Steps: 2 to 1,000. */
const STEPS = budget([1, 2], [3]);
/** A level from 0.1 to 1,
 *  or so. */
const LEVEL: number = 0.5;
checkDials({ STEPS }, 2, 1_000);
checkDials({ LEVEL }, 0.1, 1, { fractions: true });
checkDials({ CHOSEN }, Object.keys(all));`;
  const other = "/** Which. */\nexport const CHOSEN = 'a;b';";

  test('are turned where they are declared, whatever stands there', () => {
    const [turned, chosen] = turn([cell, other], { STEPS: '7', LEVEL: '1', CHOSEN: "'c'" });
    expect(turned).toContain('const STEPS = 7;\n');
    expect(turned).toContain('const LEVEL: number = 1;\ncheckDials({ STEPS }, 2');
    expect(chosen).toBe("/** Which. */\nexport const CHOSEN = 'c';");
    expect(() => turn([cell, cell], { STEPS: '7' })).toThrow('the dial STEPS is declared in 2 places');
    expect(() => turn([cell], { CHOSEN: '7' })).toThrow('the dial CHOSEN is declared in 0 places');
  });

  test('are those that checkDials names, with their comments and ranges', () => {
    expect(dialsOf([cell, other])).toEqual([
      { name: 'STEPS', comment: '/** Steps: 2 to 1,000. */', least: '2', most: '1_000' },
      { name: 'LEVEL', comment: '/** A level from 0.1 to 1,\n *  or so. */', least: '0.1', most: '1' },
      { name: 'CHOSEN', comment: '/** Which. */' },
    ]);
  });

  test('are turned in two runs, one of which begins with the last section; in the third every cell runs twice', () => {
    const file = path.join(folder, 'made.ipynb');
    const cells = notebook(restart, 'const END = 3;').map(({ type, source }) => ({ cell_type: type, source }));
    fs.writeFileSync(file, JSON.stringify({ cells }));
    fs.mkdirSync(path.join(folder, 'dials'));
    const list = path.join(folder, 'dials', 'made.json');
    fs.writeFileSync(list, '{ "END": ["4", "5"] }');
    const run = (way: Parameters<typeof cellsFor>[1]) => cellsFor(file, way).map(({ number }) => number);
    expect(run('in order')).toEqual([1, 2, 3, 4, 5]);
    expect(run('every cell twice')).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(run('sections on their own')).toEqual([1, 2, 5, 3, 4]);
    expect(cellsFor(file, 'sections on their own')[2].source).toBe('const END = 4;');
    expect(cellsFor(file, 'dials turned').at(-1)).toEqual({ number: 5, source: 'const END = 5;' });
    fs.writeFileSync(list, '{ "END": "4" }');
    expect(() => cellsFor(file, 'dials turned')).toThrow('END must have two values');
  });
});
