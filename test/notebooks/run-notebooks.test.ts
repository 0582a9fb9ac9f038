import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runNotebooks } from '../../scripts/run-notebooks.mjs';
import { needBuiltLibrary } from '../kernel/client.js';
import { temporaryFolder, writeNotebook } from './notebook.js';

const { folder, remove } = temporaryFolder();
const python =
  process.env.NAIVE_DIFFUSION_PYTHON ?? path.resolve(import.meta.dirname, '..', '..', '.venv', 'bin', 'python');
beforeAll(() => {
  needBuiltLibrary();
  if (!fs.existsSync(python))
    throw new Error('These tests need the Python environment: run `npm test` or `npm start` once.');
});
afterAll(remove);

/** Runs one notebook of these cells. */
async function run(name: string, cells: string[], o: { timeout?: number; quick?: boolean } = {}) {
  const lines: string[] = [];
  const file = writeNotebook(folder, name, cells);
  const text = fs.readFileSync(file, 'utf8');
  const { passed, failed, results } = await runNotebooks({
    files: [file],
    python,
    log: (line: string) => lines.push(line),
    ...o,
  });
  expect(passed + failed).toBe(1);
  expect(fs.readFileSync(file, 'utf8')).toBe(text);
  return { passed: passed === 1, error: results[0]?.error ?? '', line: lines.join('\n') };
}

test("a notebook of the reader's own, in a folder of its own, runs with the library", async () => {
  const { passed, error, line } = await run('own.ipynb', [
    "import { tf, ready, loadDigits, grid } from 'naive-diffusion';\nawait ready();",
    'const digits = await loadDigits({ limit: 8 });\nconst images = digits.images();',
    "if (process.env.QUICK !== '1') throw new Error('not quick');",
    'grid(images)',
  ]);
  expect(error).toBe('');
  expect(passed).toBe(true);
  expect(line).toMatch(/^passed {2}own\.ipynb {2}\d+\.\d s$/);
});

test('a cell that throws fails its notebook, with the number and the source of the cell', async () => {
  const { passed, error } = await run('throws.ipynb', [
    'const a = 1;',
    'function f() {\n  throw new Error(`no ${a}`);\n}\nf();',
    '2',
  ]);
  expect(passed).toBe(false);
  expect(error).toContain('code cell 2:\n  | function f() {');
  expect(error).toContain('Error: no 1');
});

test('an error of types fails its notebook', async () => {
  expect((await run('types.ipynb', ['const a: string = 1;'])).error).toContain(
    "Type 'number' is not assignable to type 'string'",
  );
});

test('a rejection that nothing awaits fails its notebook', async () => {
  expect((await run('lost.ipynb', ["void Promise.reject(new Error('lost'));", '1'])).error).toContain('Error: lost');
});

test('a kernel that dies and a cell that does not end fail their notebooks', async () => {
  expect((await run('dies.ipynb', ['process.exit(3);', '1'])).error).toContain('the kernel died');
  expect(
    (await run('slow.ipynb', ['await new Promise((r) => { setTimeout(r, 1e6); });'], { timeout: 5 })).error,
  ).toContain('did not end within 5 s');
});

test('a notebook without code, a broken file and a missing Python are failures, not skipped', async () => {
  expect((await run('empty.ipynb', [])).error).toContain('no code cell');
  const broken = path.join(folder, 'broken.ipynb');
  fs.writeFileSync(broken, '{');
  const quiet = () => {};
  expect(await runNotebooks({ files: [broken], python, log: quiet })).toMatchObject({ passed: 0, failed: 1 });
  const { failed, results } = await runNotebooks({
    files: [broken],
    python: path.join(folder, 'no-python'),
    log: quiet,
  });
  expect(failed).toBe(1);
  expect(results[0]?.error).toContain('Remedy: npm start');
});
