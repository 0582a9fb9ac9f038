import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './client.js';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await Kernel.start();
});
afterAll(() => kernel.stop());

/** Prints of a cell that must not fail. */
async function prints(code: string): Promise<string> {
  const { stdout, error } = await kernel.run(code);
  expect(error).toBeUndefined();
  return stdout;
}

test('await with a parenthesis is no call', async () => {
  expect(await prints('await (async () => 5)()')).toBe('5\n');
  expect(await prints('const v = await (Promise.resolve(6)); v')).toBe('6\n');
});

test('for await stands at the top of a cell', async () => {
  expect(await prints('for await (const x of [Promise.resolve(1), 2]) console.log(x);')).toBe('1\n2\n');
  expect(
    await prints(
      'async function* g() { try { yield 1; yield 2; } finally { console.log("closed"); } }\nfor await (const x of g()) { console.log(x); break; }',
    ),
  ).toBe('1\nclosed\n');
});

test('a cell whose only await stands in a function is not waited for', async () => {
  expect(await prints('const later = async () => { await 0; return 1; };\ntypeof later')).toBe('function\n');
});

test('const and class may be defined again, with another type', async () => {
  await prints('const a = 1; class C { x = 1 }');
  await prints('const a = "one"; class C { y = a.length }');
  expect(await prints('new C().y + a.length')).toBe('6\n');
});

test('a variable of an earlier cell may stand alone in an object, also in a function called later', async () => {
  await prints('let left = 1; const right = 2;');
  expect(await prints('({ left, right: { right } })')).toBe('{ left: 1, right: { right: 2 } }\n');
  await prints('function both() { return { left, right }; }');
  expect(await prints('({ left = 5 } = { left: 3 }); both()')).toBe('{ left: 3, right: 2 }\n');
});

test('the value of the last expression is printed, undefined is not', async () => {
  expect(await prints('[1, 2]')).toBe('[ 1, 2 ]\n');
  expect(await prints('undefined')).toBe('');
});

test('a value that knows how shows itself', async () => {
  await prints(
    "(globalThis as any)[Symbol.for('naive-diffusion.show')] = (value: unknown) => typeof value === 'number' && (console.log('shown', value), true);",
  );
  expect(await prints('7')).toBe('shown 7\n');
  expect(await prints('"text"')).toBe('text\n');
  await prints("delete (globalThis as any)[Symbol.for('naive-diffusion.show')];");
});

test('5,000 lines in one tick arrive, and the cell ends idle', async () => {
  const { stdout, outputs } = await kernel.run('for (let i = 0; i < 5000; i++) console.log(i);');
  expect(stdout.split('\n')).toHaveLength(5001);
  expect(outputs.at(-1)).toMatchObject({ type: 'status', content: { execution_state: 'idle' } });
});

test('5,000 displays in one tick arrive, in order with what is printed', async () => {
  const { outputs } = await kernel.run(
    "import * as tslab from 'tslab';\nfor (let i = 0; i < 5000; i++) tslab.display.text(String(i));\nconsole.log('end');",
  );
  const shown = outputs.filter((m) => m.type === 'display_data' || m.type === 'stream');
  expect(shown).toHaveLength(5001);
  expect(shown[4999]?.content.data['text/plain']).toBe('4999');
  expect(shown[5000]?.content.text).toBe('end\n');
});

test('lines appear while a cell runs that never gives way', async () => {
  const seen = path.join(kernel.folder, 'seen');
  const id = await kernel.start(
    `const { existsSync } = require('node:fs');\nfor (let i = 0; !existsSync(${JSON.stringify(seen)}); i++) if (i % 1000 === 0) console.log("early");`,
  );
  await kernel.printed(id, 'early');
  expect(kernel.isIdle(id)).toBe(false);
  fs.writeFileSync(seen, '');
  expect((await kernel.result(id)).reply.status).toBe('ok');
});

test('a failed import does not spoil later cells, and works once the file is there', async () => {
  const file = path.join(kernel.folder, 'helper.ts');
  expect((await kernel.run("import { half } from './helper';")).error?.evalue).toContain(
    "Cannot find module './helper'",
  );
  expect(await prints('1 + 1')).toBe('2\n');
  fs.writeFileSync(
    file,
    'export const half = (x: number): number => {\n  if (x < 0) throw new Error("negative");\n  return x / 2;\n};\n',
  );
  await prints("import { half } from './helper';");
  for (let i = 0; i < 3; i++) expect(await prints('half(6)')).toBe('3\n');
  expect((await kernel.run('half(-1)')).error?.traceback.join('\n')).toContain('at half (helper, line 2)');
});

test('packages with an `exports` map are found, with their types', async () => {
  const folder = path.join(kernel.folder, 'node_modules', 'mapped');
  fs.mkdirSync(path.join(folder, 'inner'), { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({
      name: 'mapped',
      version: '1.0.0',
      type: 'module',
      exports: { './part': { types: './inner/part.d.ts', default: './inner/part.js' } },
    }),
  );
  fs.writeFileSync(path.join(folder, 'inner', 'part.js'), 'export const answer = 42;\n');
  fs.writeFileSync(path.join(folder, 'inner', 'part.d.ts'), 'export declare const answer: number;\n');
  expect(await prints("import { answer } from 'mapped/part';\nanswer.toFixed(1)")).toBe('42.0\n');
  expect((await kernel.run('answer.length')).error?.evalue).toContain(
    "Property 'length' does not exist on type 'number'",
  );
});

test('no experimental warning reaches the reader', async () => {
  expect(kernel.log).toBe('');
});
