import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notebookMetadata } from '../../scripts/kernel/language.mjs';
import { Kernel, needBuiltLibrary } from './client.js';

// The kernel runs in a temporary folder, as for a notebook of the reader's own.
let kernel: Kernel;
beforeAll(async () => {
  needBuiltLibrary();
  kernel = await Kernel.start();
  await kernel.run("import { tf, ready, loop, loadDigits } from 'naive-diffusion';\nawait ready();");
});
afterAll(() => kernel.stop());

test('a notebook outside the repository imports the library', async () => {
  const { stdout, error } = await kernel.run(
    "import * as lib from 'naive-diffusion';\n[typeof lib.unet, tf.tensor([1, 2]).sum().dataSync()[0]].join()",
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe('function,3\n');
});

test('the library and a cell share one TensorFlow.js, whatever the folder has', async () => {
  const own = path.join(kernel.folder, 'node_modules', '@tensorflow', 'tfjs');
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(
    path.join(own, 'package.json'),
    JSON.stringify({ name: '@tensorflow/tfjs', version: '0.0.1', main: 'index.js' }),
  );
  fs.writeFileSync(path.join(own, 'index.js'), 'module.exports = {};\n');
  const { stdout, error } = await kernel.run(
    "import * as other from '@tensorflow/tfjs';\nother.engine() === tf.engine()",
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe('true\n');
});

test('a notebook that opens with the metadata of this kernel need not be changed', async () => {
  const { language_info: said } = await kernel.ask('kernel_info_request', {});
  expect(notebookMetadata().language_info).toEqual(said);
});

test("types are the library's", async () => {
  expect((await kernel.run('const wrong: string = tf.scalar(1);')).error?.evalue).toContain(
    "not assignable to type 'string'",
  );
  expect((await kernel.run('loop("many");')).error?.evalue).toContain(
    "Argument of type 'string' is not assignable to parameter of type 'number'",
  );
});

test('canvas and node are there, with types', async () => {
  const { stdout, error } = await kernel.run(
    "import { createCanvas } from 'canvas';\nimport path from 'node:path';\nconst c = createCanvas(3, 2);\n[c.width, path.basename('/a/b')].join()",
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe('3,b\n');
});

test('the data are found', async () => {
  const { stdout, error } = await kernel.run(
    'const set = await loadDigits({ limit: 3 });\n[set.length, set.height].join()',
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe('3,32\n');
});

test("Tab completes the library's names", async () => {
  const {
    matches,
    cursor_start: start,
    cursor_end: end,
  } = await kernel.ask('complete_request', { code: '"😀"; lib.loadD', cursor_pos: 14 });
  expect(matches).toContain('loadDigits');
  expect([start, end]).toEqual([9, 14]);
});

test("Shift+Tab shows the library's doc comments", async () => {
  const { data, found } = await kernel.ask('inspect_request', { code: 'loop', cursor_pos: 2, detail_level: 0 });
  expect(found).toBe(true);
  expect(data['text/plain']).toContain('function loop(n: number)');
  expect(data['text/plain']).toContain('Counts 0, 1');
});

test.each([
  ['an empty call', 'loop(|)', 'function loop(n: number)'],
  ['a call that is still being written', 'const x = loop( |', 'function loop(n: number)'],
  ['between arguments', 'tf.tensor([1, 2], |[2])', 'Creates a `tf.Tensor` with the provided values'],
  ['the options of a call', 'await loadDigits({ | })', 'loadDigits({ split, channels, limit }'],
  ['the innermost call', 'loop(Math.max(1, |2))', 'Math.max(...values: number[])'],
  ['a constructor', 'new Map(|)', 'Map'],
])('Shift+Tab in %s shows what is called', async (_, marked, shown) => {
  const { data, found } = await kernel.ask('inspect_request', {
    code: marked.replace('|', ''),
    cursor_pos: marked.indexOf('|'),
    detail_level: 0,
  });
  expect(found).toBe(true);
  expect(data['text/plain'].replace('(alias) ', 'function ')).toContain(shown);
});

test('Shift+Tab shows what a function throws, and nothing where nothing is called', async () => {
  const at = (code: string, position: number) =>
    kernel.ask('inspect_request', { code, cursor_pos: position, detail_level: 0 });
  expect((await at('loop(3)', 5)).data['text/plain']).toMatch(/^@throws \{Interrupted\} at the end of the step/m);
  for (const [code, position] of [
    ['loop(3); ', 9],
    ['const a =  1;', 10],
    ['', 0],
  ] as const)
    expect(await at(code, position)).toMatchObject({ status: 'ok', found: false });
});

test('a value prints in a line, not as its internals', async () => {
  const prints = async (code: string) => {
    const { stdout, error } = await kernel.run(code);
    expect(error).toBeUndefined();
    return stdout;
  };
  expect(await prints('tf.tensor([[1, 2], [3, 4.00001]])')).toBe('Tensor [2, 2] float32: 1, 2, 3, 4\n');
  expect(await prints('({ a: tf.range(0, 9) })')).toContain('Tensor [9] float32: 0, 1, 2, 3, 4, 5, …');
  expect(await prints('loop(3)')).toMatch(/^an async generator: .*for await.*watch.*\n$/);
  expect(await prints('(function* () { yield 1; })()')).toMatch(/^a generator: .*\n$/);
  expect(await prints('new Promise(() => {})')).toMatch(/^a promise that is still pending: .*await.*\n$/);
  expect(await prints('Array.from({ length: 3000 }, (_, i) => i)')).toBe(
    '3,000 numbers: 0, 1, 2, 3, 4, …, 2995, 2996, 2997, 2998, 2999\n',
  );
  expect(await prints('[1, 2, 3]')).toBe('[ 1, 2, 3 ]\n');
});

test('what watch returns prints in a line', async () => {
  const { stdout, error } = await kernel.run(`import { watch } from 'naive-diffusion';
await watch((async function* () { for (let step = 1; step <= 50; step++) yield { step, loss: 1 / step }; })(), { steps: 50 })`);
  expect(error).toBeUndefined();
  expect(stdout).toBe('50 numbers: 1, 0.5, 0.3333, 0.25, 0.2, …, 0.02174, 0.02128, 0.02083, 0.02041, 0.02\n');
});

test('packages of the folder itself come before those of the repository', async () => {
  const folder = path.join(kernel.folder, 'node_modules', 'chart.js');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'chart.js', version: '0.0.1', main: 'index.js', types: 'index.d.ts' }),
  );
  fs.writeFileSync(path.join(folder, 'index.js'), 'exports.mine = true;\n');
  fs.writeFileSync(path.join(folder, 'index.d.ts'), 'export declare const mine: boolean;\n');
  const { stdout, error } = await kernel.run("import { mine } from 'chart.js';\nmine");
  expect(error).toBeUndefined();
  expect(stdout).toBe('true\n');
});

test('errors inside the library show its TypeScript lines', async () => {
  const { error } = await kernel.run('for await (const i of loop(NaN)) void i;');
  expect(error?.ename).toBe('RangeError');
  expect(error?.traceback.join('\n')).toMatch(/lib\/src\/backend\/interrupt\.ts:\d+/);
});
