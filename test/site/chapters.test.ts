import path from 'node:path';
import { parse } from 'acorn';
import * as display from 'naive-diffusion/display';
import * as metrics from 'naive-diffusion/metrics';
import * as library from 'naive-diffusion';
import { describe, expect, it } from 'vitest';
import { readNotebook, text } from '../../scripts/chapters/notebook.js';
import { fewSteps, withFewer } from '../../scripts/site/few.js';
import { ROOT } from '../../scripts/site/paths.js';
import { readSeries } from '../../scripts/site/series.js';
import { compileCell } from '../../site/run/cell.js';
import { fs, process, zlib } from '../../site/run/stand-ins.js';

/** What a page offers for import, as `site/run/worker.ts` lists it. */
const offered: Record<string, object> = {
  'naive-diffusion': library,
  'naive-diffusion/metrics': metrics,
  'naive-diffusion/display': display,
  'node:fs': { default: fs, ...fs },
  'node:process': { default: process, ...process },
  'node:zlib': { default: zlib, ...zlib },
};

const cellsOf = (name: string) =>
  readNotebook(path.join(ROOT, 'notebooks', `${name}.ipynb`)).cells.filter(({ cell_type: type }) => type === 'code');

/** The imports that are left in a compiled cell: `({ name: local } = await __cell.import("module"))`. */
function importsOf(code: string): [module: string, name: string][] {
  return [...code.matchAll(/\(\{ (\w+): \w+ \} = await __cell\.import\("([^"]+)"\)\)/g)].map(([, name, from]) => [
    from,
    name,
  ]);
}

describe.each(readSeries(ROOT))('chapter $number in its page', ({ name }) => {
  it('has cells that a worker can read, of the lines that the reader sees', () => {
    for (const { id, source } of cellsOf(name)) {
      const { code } = compileCell(text(source));
      const body = `(async function (__cell) {\n${code}\n})`;
      expect(() => parse(body, { ecmaVersion: 'latest' }), `cell ${id}`).not.toThrow();
      expect(code.split('\n').length, `cell ${id}`).toBe(text(source).split('\n').length);
    }
  });

  it('imports nothing that a page has not', () => {
    for (const { id, source } of cellsOf(name)) {
      const { code } = compileCell(text(source));
      for (const [from, imported] of importsOf(code)) {
        expect(Object.keys(offered), `cell ${id}`).toContain(from);
        // Types come to nothing: they are imported as what is not there.
        if (from.startsWith('node:')) expect(offered[from], `cell ${id}`).toHaveProperty(imported);
      }
    }
  });

  it('can be turned to little work', () => {
    const programs = fewSteps(name);
    const ids = cellsOf(name).map(({ id }) => id);
    for (const [id, program] of programs) {
      expect(ids).toContain(id);
      expect(() => compileCell(program)).not.toThrow();
    }
    expect(programs.size).toBeGreaterThan(0);
  });
});

it('a program with little work takes fewer steps where it says how many in figures, and is else as it was', () => {
  const program = `// steps: 100
const a = { steps: 100, count: 24, end: 500, limit: 64, 'steps': 1_000 };
const levels = evenLevels(50), S = 30, b = { steps: S, title: 'steps: 64', count: 200 };
for (const steps of [1, 16, 64]) for (const of of [9]);`;
  expect(withFewer(program)).toBe(`// steps: 100
const a = { steps: 4, count: 24, end: 64, limit: 64, 'steps': 1_000 };
const levels = evenLevels(4), S = 30, b = { steps: S, title: 'steps: 64', count: 24 };
for (const steps of [1, 4, 4]) for (const of of [9]);`);
});
