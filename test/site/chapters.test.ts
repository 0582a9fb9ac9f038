import path from 'node:path';
import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import { readNotebook, text } from '../../scripts/chapters/notebook.js';
import { fewSteps, withFewer } from '../../scripts/site/few.js';
import { ROOT } from '../../scripts/site/paths.js';
import { readSeries } from '../../scripts/site/series.js';
import { compileCell } from '../../site/run/cell.js';
import { modules } from '../../site/run/modules.js';
import { globals } from '../../site/run/stand-ins.js';

const cellsOf = (name: string) =>
  readNotebook(path.join(ROOT, 'notebooks', `${name}.ipynb`)).cells.filter(({ cell_type: type }) => type === 'code');

/** An import of a compiled cell; the name of all that a module has is `*`, and that of nothing of it is empty. */
interface Import {
  from: string;
  name: string;
  local: string;
}

function importsOf(code: string): Import[] {
  const form = /(?:\(\{ ([^:]+): (\w+) \} = |(\w+) = )?await __cell\.import\("([^"]+)"\)/g;
  return Array.from(code.matchAll(form), ([, name, local, whole, from]) => ({
    from,
    name: whole ? '*' : (name ?? ''),
    local: whole ?? local,
  }));
}

/** What cells import that a page has not; also as `fs.name`, of a module that is imported as a whole. */
async function missingOf(cells: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { from, name, local } of cells.flatMap((cell) => importsOf(compileCell(cell).code))) {
    if (!Object.hasOwn(modules, from)) missing.push(from);
    // Types of the library come to nothing: they are imported as what is not there.
    else if (from.startsWith('node:') && name) {
      const offered = (await modules[from]()) as Record<string, object | undefined>;
      const parts = name === '*' ? offered : (offered[name] ?? {});
      if (name !== '*' && !offered[name]) missing.push(`${name} of ${from}`);
      const members = cells.join('\n').matchAll(new RegExp(`(?<![.\\w])${local}\\.(\\w+)`, 'g'));
      for (const [, member] of members) if (!(member in parts)) missing.push(`${member} of ${from}`);
    }
  }
  return missing;
}

/** Names that are there in Node without an import, and in no worker. */
const ofNode = [
  'Buffer',
  'process',
  'global',
  'require',
  'module',
  'exports',
  'setImmediate',
  '__dirname',
  '__filename',
];

/** What cells use of Node's global object that a page has not, as `process.argv`. */
function missingGlobals(cells: readonly string[]): string[] {
  const program = cells.map((cell) => compileCell(cell).code).join('\n');
  const used = ofNode.flatMap((name) => {
    if (cells.some((cell) => new RegExp(`^import .*\\b${name}\\b.* from `, 'm').test(cell))) return [];
    return Array.from(program.matchAll(new RegExp(`(?<![.\\w'"])${name}(\\??\\.\\w+|\\()`, 'g')), ([use]) => [
      name,
      use,
    ]);
  });
  const isMissing = ([name, use]: string[]) => !(use.split('.')[1] in (globals[name] ?? {}));
  return used.filter(isMissing).map(([, use]) => use);
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

  it('imports nothing that a page has not', async () => {
    expect(await missingOf(cellsOf(name).map(({ source }) => text(source)))).toEqual([]);
  });

  it('uses nothing of Node without an import that a page has not', () => {
    expect(missingGlobals(cellsOf(name).map(({ source }) => text(source)))).toEqual([]);
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

it('what a page has not is found, in whichever way it is imported', async () => {
  const offered =
    "import fs, { readFileSync } from 'node:fs';\nimport * as zlib from 'node:zlib';\nimport 'naive-diffusion';";
  expect(await missingOf([offered, 'fs.statSync(name);\nzlib.default.inflateSync(zlib.deflateSync(bytes));'])).toEqual(
    [],
  );
  expect(
    await missingOf([
      "import { cpuUsage as usage, argv } from 'node:process';\nimport 'node:os';",
      "import * as zlib from 'node:zlib';\nimport fs from 'node:fs';\nimport paths, { join } from 'node:path';",
      'zlib.gzipSync(usage());\nfs.writeFileSync(name, bytes);',
    ]),
  ).toEqual([
    'argv of node:process',
    'node:os',
    'gzipSync of node:zlib',
    'writeFileSync of node:fs',
    'node:path',
    'node:path',
  ]);
});

it('what a page has not of Node is found without an import, too', () => {
  expect(missingGlobals(['process.cpuUsage(); Buffer.from(text);', 'own.process.exit(); image.module.name;'])).toEqual(
    [],
  );
  expect(missingGlobals(["import process from 'node:process';\nprocess.argv;"])).toEqual([]); // that is an import
  expect(missingGlobals(['const a = process.argv;', 'Buffer.alloc(1);\nrequire("fs");\nglobal.gc();'])).toEqual([
    'Buffer.alloc',
    'process.argv',
    'global.gc',
    'require(',
  ]);
});

it('a program with little work takes fewer steps where it says how many in figures, and is else as it was', () => {
  const program = `// steps: 100
const a = { steps: 100, count: 24, end: 500, limit: 64, 'steps': 1_000 };
const levels = evenLevels(50), S = 30, b = { steps: S, title: 'steps: 64', count: 200 };
for (const steps of [1, 16, 64]) for (const of of [9]);
await slider(evenLevels(50).reverse(), () => sample({ steps: 100 }), { start: 25 });
faces.subset({ end: 300 }).images({ end: 300 });
scrubber(frames, { start: 8 }).show({ start: 8 });`;
  expect(withFewer(program)).toBe(`// steps: 100
const a = { steps: 4, count: 24, end: 64, limit: 64, 'steps': 1_000 };
const levels = evenLevels(4), S = 30, b = { steps: S, title: 'steps: 64', count: 24 };
for (const steps of [1, 4, 4]) for (const of of [9]);
await slider(evenLevels(50).reverse(), () => sample({ steps: 4 }), { start: 25 });
faces.subset({ end: 300 }).images({ end: 64 });
scrubber(frames, { start: 0 }).show({ start: 8 });`);
});
