import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import {
  faults,
  figuresOf,
  serialize,
  withOutputs,
  type Cell,
  type Notebook,
  type Output,
} from '../../scripts/chapters/notebook.js';
import { notebookMetadata } from '../../scripts/kernel/language.mjs';

const code = (source: string, outputs: Output[] = [], count: number | null = null): Cell => ({
  cell_type: 'code',
  id: source.slice(0, 3),
  metadata: {},
  source,
  outputs,
  execution_count: count,
});
const notebook = (...cells: Cell[]): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const stream = (text: string, name = 'stdout'): Output => ({ output_type: 'stream', name, text });

test('a notebook that ran differs from the one before by its outputs only', () => {
  const before = notebook(
    { cell_type: 'markdown', id: 'm', metadata: {}, source: '# A\nB' },
    { ...code('one'), metadata: { execution: { 'iopub.execute_input': 'now' }, tags: ['x'] } },
    code('two'),
  );
  const ran = notebook(
    { ...before.cells[0], id: 'other' },
    code('one', [stream('a'), stream('b\nc'), stream('d', 'stderr')], 17),
    code('two', [], 19),
  );
  const after = withOutputs(before, { ...ran, metadata: { language_info: { version: '1' }, widgets: {} } });
  expect(after.cells.map(({ id }) => id)).toEqual(['m', 'one', 'two']);
  expect(after.cells.map(({ execution_count: count }) => count)).toEqual([undefined, 1, 2]);
  expect(after.cells[1].metadata).toEqual({ tags: ['x'] });
  expect(after.cells[1].outputs).toEqual([
    { output_type: 'stream', name: 'stdout', text: ['ab\n', 'c'] },
    { output_type: 'stream', name: 'stderr', text: ['d'] },
  ]);
  expect(after.cells[0].source).toEqual(['# A\n', 'B']);
  expect(after.metadata).toEqual(notebookMetadata());
});

test('saving twice gives the same text, whatever the order of keys; a cell without an id gets one that stays', () => {
  const [a, b] = [notebook(code('one')), notebook(code('one'))];
  delete a.cells[0].id;
  delete b.cells[0].id;
  const reversed = Object.fromEntries(Object.entries(b.cells[0]).reverse()) as unknown as Cell;
  expect(serialize(withOutputs(a, a))).toBe(serialize(withOutputs(notebook(reversed), b)));
  expect(withOutputs(a, a).cells[0].id).toMatch(/^[0-9a-f]{8}$/);
});

test('another notebook is not mixed in', () => {
  expect(() => withOutputs(notebook(code('one')), notebook(code('two')))).toThrow('has not the cells');
});

test('cells that failed, that never ran, or that left a rejection behind are faults', () => {
  const error: Output = { output_type: 'error', ename: 'RangeError', evalue: 'no', traceback: [] };
  expect(faults(notebook(code('good', [stream('ok')], 1), code(' ')), [])).toEqual([]);
  expect(faults(notebook(code('bad();', [error], 1), code('never')), [])).toEqual([
    'code cell 1 (bad();): RangeError: no',
    'code cell 2 (never) was not run',
  ]);
  expect(faults(notebook(code('a', [stream('Unhandled rejection: x', 'stderr')], 1)), [])).toHaveLength(1);
  expect(faults(notebook(), [])).toEqual(['it has no code cell']);
});

test('outputs that name this machine are faults, in text and in figures', () => {
  const found = (output: Output) => faults(notebook(code('a', [output], 1)), ['/somewhere/project']);
  expect(found(stream('saved /somewhere/project/x.png'))).toEqual([
    "code cell 1 (a): the output names '/somewhere/project'",
  ]);
  expect(found(stream(`in ${homedir()}/x`))).not.toEqual([]);
  expect(found({ output_type: 'display_data', data: { 'application/json': { path: '/home/someone/file' } } })).toEqual([
    "code cell 1 (a): the output names '/home/someone'",
  ]);
  expect(found({ output_type: 'display_data', data: { 'image/png': '/home/someone' } })).toEqual([]);
  expect(found(stream('the square root of 2 is 1.41/1'))).toEqual([]);
});

test('figures are found where they are', () => {
  const data = { 'application/vnd.plotly.v1+json': { data: [] }, 'text/plain': 'x' };
  const [found] = figuresOf(notebook(code('a', [stream('x'), { output_type: 'display_data', data }], 1)));
  expect(found.figure).toEqual({ data: [] });
  found.data['image/png'] = 'added';
  expect(data).toHaveProperty('image/png', 'added');
});
