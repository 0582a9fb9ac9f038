import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel, needBuiltLibrary } from './client.js';

let kernel: Kernel;
beforeAll(async () => {
  needBuiltLibrary();
  kernel = await Kernel.start(); // in a folder outside the repository
});
afterAll(() => kernel.stop());

async function prints(code: string): Promise<string> {
  const { stdout, error } = await kernel.run(code);
  expect(error?.traceback.join('\n')).toBeUndefined();
  return stdout;
}

describe('a valid cell runs whether or not its types can be named', () => {
  test.each([
    [
      'a module of Node',
      "const made = await import('node:fs');",
      'typeof made.default.existsSync',
      'made.existsSync(1)',
    ],
    ['the library', "const made = await import('naive-diffusion');", 'typeof made.unet', 'made.loop("many")'],
    [
      'a class of a package that the notebook has not imported',
      "import { createCanvas } from 'canvas';\nconst own = { canvas: createCanvas(3, 2) };\nconst made = own.canvas;",
      'typeof made.toBuffer',
      'made.width.length',
    ],
    [
      'what the library returns',
      "import { grid, loadDigits, ready } from 'naive-diffusion';\nawait ready();\nconst made = grid(await loadDigits({ limit: 2 })).canvas;",
      'typeof made.getContext',
      'made.width.length',
    ],
    [
      'what a function returns',
      "import { grid, loadDigits } from 'naive-diffusion';\nconst digits = await loadDigits({ limit: 2 });\nfunction made() { return grid(digits).canvas; }",
      'typeof made',
      'made().width.length',
    ],
    [
      'a private class',
      'const made = (() => { class A { private x = 1; y = 2; } return new A(); })();',
      'typeof made',
      'made.y.length',
    ],
    [
      'a class expression with a private field',
      'const made = new (class { #x = 1; private z = 2; y = this.#x; })();',
      'typeof made',
      'made.y.length',
    ],
    [
      'a unique symbol',
      "const made = (() => { const s: unique symbol = Symbol('s'); return { [s]: 1, y: 2 }; })();",
      'typeof made',
      'made.y.length',
    ],
    [
      'its own type',
      'const made = { y: 1, get self() { return made; } } as { y: number; self: unknown };',
      'typeof made',
      'made.y.length',
    ],
  ])('%s', async (_, cell, use, misuse) => {
    await prints(cell);
    expect(await prints(use)).toMatch(/^(function|object)\n$/);
    expect((await kernel.run(misuse)).error?.ename).toBe('TypeScriptError'); // and the type is known all the same
  });

  test('a type too large to be written counts as any', async () => {
    const members = (n: number) => Array.from({ length: n }, (_, i) => `k${i}: ${i}`).join(', ');
    await prints(
      `const made = { ${members(3000)} };\nconst pairs = Object.entries(made).map((pair) => ({ pair, made }));`,
    );
    expect(await prints('pairs.length')).toBe('3000\n');
  });
});

const NAMES = ['exports', 'require', 'module', '__filename', '__dirname', 'Object', 'Promise', 'globalThis', 'process'];

describe('a cell may give a new meaning to', () => {
  // One kernel for all: what one name spoils, the next cells would show.
  let own: Kernel;
  beforeAll(async () => {
    own = await Kernel.start();
  });
  afterAll(() => own.stop());

  test.each([...NAMES, 'console', 'Symbol', 'Error', 'Array', '__x', '___x'])('%s', async (name) => {
    const runs = async (code: string) => {
      const { stdout, error } = await own.run(code);
      expect(error?.traceback.join('\n')).toBeUndefined();
      return stdout;
    };
    await runs(`import os from 'node:os';\nconst ${name} = 3;\nos.cpus;\n`);
    await runs(`let kept = ${name} + 1;`);
    await runs("import { sep } from 'node:path';\nconst more = await import('node:fs');");
    await runs('async function f() { kept += 1; return kept; }');
    expect(await runs('await f() + (await f()) + sep.length')).toBe('12\n');
    expect(await runs('typeof more.existsSync + kept')).toBe('function6\n');
  });
});

describe('a cell may name', () => {
  test('a parameter as Node names its own, in a function that uses earlier cells', async () => {
    await prints('let counted = 0;');
    for (const name of ['exports', 'require', 'module']) {
      expect(await prints(`function f(${name}: number) { counted += ${name}; return counted; }\nf(2) - counted`)).toBe(
        '0\n',
      );
    }
    expect(await prints('counted')).toBe('6\n');
  });
});

test('names of the kernel are refused, with their line', async () => {
  for (const name of ['__tslab__', '__tslab_exports__', '__tslab_require__']) {
    const { error } = await kernel.run(`const fine = 1;\nconst ${name} = 2;`);
    expect(error?.evalue).toContain(`line 2: names that begin with __tslab_ are the kernel's own, got ${name}`);
    expect(await prints('1 + 1')).toBe('2\n');
  }
});

test('exports of a cell are refused together, with their lines and what to do instead', async () => {
  const { error } = await kernel.run(
    'const inner = 1;\n\n/** Said of it. */\nexport const outer = 2;\nexport function f() { return inner; }\n' +
      'export async function g() {}\nexport { inner };\nexport default inner;',
  );
  expect(error?.ename).toBe('TypeScriptError');
  expect(error?.evalue).toMatch(/^line 4: a cell needs no export: .* import '\.\/parts\.ts'; .* lines 5, 6, 7, 8 /);
  expect(error?.traceback).toHaveLength(4); // one complaint, with its line and a mark below the word
  expect(error?.traceback.slice(2)).toEqual(['      export const outer = 2;', '      ^']);
  expect(await prints('namespace Inner { export const kept = 5; }\nconst text = "export";\nInner.kept')).toBe('5\n');
  expect((await kernel.run('outer')).error?.evalue).toContain("Cannot find name 'outer'");
});

test('a cell that Node cannot read shows its line and leaves nothing behind', async () => {
  const { error } = await kernel.run(
    "import os from 'node:os';\n\nconst __importDefault: string = 'x';\nos.EOL + __importDefault",
  );
  expect(error?.ename).toBe('SyntaxError');
  expect(error?.traceback.join('\n')).toMatch(/--->\s+3 \| const __importDefault/);
  expect((await kernel.run('__importDefault')).error?.evalue).toContain("Cannot find name '__importDefault'");
});

test('an import may name the ending of its file', async () => {
  fs.writeFileSync(
    path.join(kernel.folder, 'ending.ts'),
    "import { two } from './inner.ts';\nexport const three: number = two + 1;\n",
  );
  fs.writeFileSync(path.join(kernel.folder, 'inner.ts'), 'export const two = 2;\n');
  expect(await prints("import { three } from './ending.ts';\nthree")).toBe('3\n');
  expect((await kernel.run('three.length')).error?.evalue).toContain("does not exist on type 'number'");
});

test('a package without types may be imported, and one that is not there may not', async () => {
  const folder = path.join(kernel.folder, 'node_modules', 'untyped');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'untyped', version: '1.0.0', main: 'index.js' }),
  );
  fs.writeFileSync(path.join(folder, 'index.js'), 'exports.answer = () => 42;\n');
  expect(await prints("import { answer } from 'untyped';\nanswer()")).toBe('42\n');
  expect((await kernel.run("import { x } from 'no-such-package';\nx")).error?.evalue).toContain(
    "Cannot find module 'no-such-package'",
  );
});
