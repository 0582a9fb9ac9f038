import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCells } from '../../scripts/check-cells.mjs';
import { needBuiltLibrary } from '../kernel/client.js';
import { temporaryFolder, writeNotebook } from './notebook.js';

const { folder, remove } = temporaryFolder();
beforeAll(needBuiltLibrary);
afterAll(remove);

/** What is said about a notebook of these cells. */
function complaints(cells: string[]): string[] {
  const lines: string[] = [];
  checkCells({
    files: [writeNotebook(folder, 'a.ipynb', cells)],
    library: false,
    log: (line: string) => lines.push(line),
  });
  return lines;
}

test('cells that the kernel runs have no complaints: definitions again, top-level await, the library', () => {
  expect(
    complaints([
      "import { loop } from 'naive-diffusion';\nconst a = 1;\nclass C { x = 1 }",
      "const a = 'one';\nclass C { y = a.length }\nfor await (const i of loop(3)) console.log(i + new C().y);",
      'await (Promise.resolve(a.toUpperCase()))',
    ]),
  ).toEqual([]);
});

test('an error names notebook, cell and line; cells without code do not count', () => {
  expect(complaints(['const a = 1;', '', '\n\na.foo();'])).toEqual([
    "a.ipynb, cell 2, line 3: Property 'foo' does not exist on type '1'.",
  ]);
});

test('types are strict, and the library checks its arguments', () => {
  const lines = complaints(['function f(x) { return x; }', "import { loop } from 'naive-diffusion';\nloop('many');"]);
  expect(lines[0]).toContain("cell 1, line 1: Parameter 'x' implicitly has an 'any' type.");
  expect(lines[1]).toContain(
    "cell 2, line 2: Argument of type 'string' is not assignable to parameter of type 'number'.",
  );
});

test('one notebook does not see the definitions of another', () => {
  const lines: string[] = [];
  const files = [writeNotebook(folder, 'b.ipynb', ['const here = 1;']), writeNotebook(folder, 'c.ipynb', ['here + 1'])];
  expect(checkCells({ files, library: false, log: (line: string) => lines.push(line) })).toEqual({
    cells: 2,
    errors: 1,
  });
  expect(lines).toEqual(["c.ipynb, cell 1, line 1: Cannot find name 'here'."]);
});
