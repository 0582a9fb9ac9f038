import { afterEach, describe, expect, it } from 'vitest';
import { compileCell } from '../../site/run/cell.js';
import { modules as offered } from '../../site/run/modules.js';
import { CellFault, runCell } from '../../site/run/runtime.js';
import type { Fault } from '../../site/run/protocol.js';

const modules = { here: () => Promise.resolve({ one: 1, default: 'whole' }) };
const before = new Set(Object.getOwnPropertyNames(globalThis));

/** Runs cells one after another, and returns the value of the last. */
async function run(...cells: string[]): Promise<unknown> {
  let value: unknown;
  for (const [i, source] of cells.entries()) value = await runCell(`c${i}`, source, modules);
  return value;
}

/** What goes wrong in the last of some cells. */
async function faultOf(...cells: string[]): Promise<Fault> {
  const error: unknown = await run(...cells).catch((cause: unknown) => cause);
  if (!(error instanceof CellFault)) throw new Error('no cell failed', { cause: error });
  return error.fault;
}

afterEach(() => {
  for (const name of Object.getOwnPropertyNames(globalThis))
    if (!before.has(name)) Reflect.deleteProperty(globalThis, name);
});

describe('a cell of a page', () => {
  it('has the value of its last expression, awaited where it says so, and none where it ends otherwise', async () => {
    expect(await run('1 + 1')).toBe(2);
    expect(await run('await Promise.resolve([3]);')).toEqual([3]);
    expect(await run('({ a: 1 })')).toEqual({ a: 1 });
    expect(await run('(3, 4) /* why */;')).toBe(4);
    expect(await run('"text" as string // why')).toBe('text');
    expect(await run('const a = 1;')).toBeUndefined();
    expect(await run('5; if (true) 6')).toBeUndefined();
    expect(await run('')).toBeUndefined();
  });

  it('leaves out types', async () => {
    const cell = `
      type Pair<T> = [T, T];
      interface Named { name: string }
      declare const elsewhere: number;
      enum Side { left, right }
      class Box<T extends Named = Named> { constructor(private readonly inner: T) {} get name(): string { return this.inner!.name } }
      const both = <T,>(x: T): Pair<T> => [x, x] satisfies Pair<T>;
      [...both<number>(Side.right), new Box({ name: 'b' } as Named).name]`;
    expect(await run(cell)).toEqual([1, 1, 'b']);
  });

  it('makes its names known to later cells, which may declare them anew', async () => {
    expect(
      await run(
        `const a = 1, b = a + 1; let c; var { d, e: [f = 6, ...g], ...h } = { d: 4, e: [undefined, 7, 8], i: 9 };
         function twice(x: number) { return 2 * x }
         class Point { x = 3 }
         export const shown = 10;`,
        'const a = 100;',
        '[a, b, c, d, f, g, h, twice(a), new Point().x, shown]',
      ),
    ).toEqual([100, 2, undefined, 4, 6, [7, 8], { i: 9 }, 200, 3, 10]);
  });

  it('shares what changes: a function of one cell sees what another assigns', async () => {
    expect(await run('let n = 0; const next = () => ++n;', 'next(); n = 5;', '[next(), n]')).toEqual([6, 6]);
  });

  it('keeps to itself what its blocks declare, and calls functions that stand below', async () => {
    await run(
      'for (let i = 0; i < 2; i++) { const inner = i; }\n{ let block = 1; }\nconst early = late();\nfunction late() { return 7 }',
    );
    expect(await run('[typeof i, typeof inner, typeof block, early]')).toEqual([
      'undefined',
      'undefined',
      'undefined',
      7,
    ]);
  });

  it('may take a name that the browser has', async () => {
    const old = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    try {
      expect(await run("const navigator = 'mine';", 'navigator')).toBe('mine');
    } finally {
      if (old) Object.defineProperty(globalThis, 'navigator', old);
    }
  });

  it('imports by name, as another name, by default and as a whole', async () => {
    expect(
      await run(
        "import whole, { one, one as uno } from 'here';\nimport * as here from 'here';\nimport type { T } from 'here';\nimport 'here';",
        '[whole, one, uno, here.one]',
      ),
    ).toEqual(['whole', 1, 1, 1]);
    expect(await faultOf("\nimport { x } from 'elsewhere';")).toEqual({
      name: 'Error',
      message: "there is no module 'elsewhere' in a page; there are here",
      line: 2,
    });
  });

  it.each([
    ['node:fs', 'readFileSync'],
    ['node:process', 'cpuUsage'],
    ['node:zlib', 'inflateSync'],
  ])('in a page imports %s as Node has it: whole, by default and by name', async (from, part) => {
    const source = `import parts, { ${part} } from '${from}';\nimport * as whole from '${from}';\n[parts.${part}, whole.${part}, ${part}]`;
    const found = (await runCell('a', source, offered)) as unknown[];
    expect(found).toEqual([expect.any(Function), found[0], found[0]]);
  });

  it('says in which of its lines it failed, also where an earlier cell did the work', async () => {
    expect(await faultOf('const a = 1;\n\nnull.length;')).toMatchObject({ name: 'TypeError', line: 3 });
    expect(await faultOf("throw new RangeError('no')")).toEqual({ name: 'RangeError', message: 'no', line: 1 });
    expect(await faultOf("import {\n  one,\n} from 'here';\nmissing;")).toMatchObject({
      name: 'ReferenceError',
      line: 4,
    });
    expect(await faultOf("type A = {\n  a: 1;\n};\n\nthrow new Error('after types')")).toMatchObject({ line: 5 });
    expect(await faultOf("function fail() {\n  throw new Error('deep');\n}", '\nfail();')).toMatchObject({ line: 2 });
    expect(await faultOf("throw 'text'")).toEqual({ name: 'Error', message: 'thrown: text' });
  });

  it('that is no TypeScript does not begin, and says where it goes wrong', async () => {
    expect(await faultOf('globalThis.begun = true;\nconst = 1;')).toMatchObject({ name: 'SyntaxError', line: 2 });
    expect(await faultOf('const a = 1;\nconst b = (2;')).toMatchObject({ name: 'SyntaxError', line: 2, column: 13 });
    expect(await faultOf('let a = 1;\nlet a = 2;')).toMatchObject({ name: 'SyntaxError', line: 2 });
    expect(await faultOf('break;')).toMatchObject({ name: 'SyntaxError', line: 1 });
    expect(await run('typeof begun')).toBe('undefined');
  });

  it('may export what it declares, which is known as it is, and is told where it exports otherwise', async () => {
    expect(await run('const a = 1, b = 2;\nexport { a, b };\nexport {}\n(a)', '[a, b]')).toEqual([1, 2]);
    for (const other of [
      'export { a as b };',
      'export default a;',
      'export default function () {}',
      "export * from 'here';",
      "export * as all from 'here';",
      "export { one } from 'here';",
    ]) {
      const fault = await faultOf(`globalThis.begun = true;\nlet a: number =\n  1;\n${other}`);
      expect(fault, other).toMatchObject({ name: 'SyntaxError', line: 4 });
      expect(fault.message, other).toMatch(/^a cell has no `export/);
    }
    expect(await faultOf('const a = 1;\n\nconsole.log(import.meta.url);')).toEqual({
      name: 'SyntaxError',
      message: 'a cell has no `import.meta`: it is no file',
      line: 3,
    });
    expect(await run('typeof begun')).toBe('undefined');
  });

  it('keeps its lines', () => {
    const source = "import {\n  one,\n} from 'here';\nconst a: {\n  x: number;\n} = { x: one };\na;";
    expect(compileCell(source).code.split('\n')).toHaveLength(source.split('\n').length);
  });
});
