import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel, needBuiltLibrary } from './client.js';

// The kernel runs in a temporary folder, as for a notebook of the reader's own.
let kernel: Kernel;
beforeAll(async () => {
  needBuiltLibrary();
  kernel = await Kernel.start();
  await kernel.run("import { tf, ready, steps, loadDigits } from 'naive-diffusion';\nawait ready();");
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

test("types are the library's", async () => {
  expect((await kernel.run('const wrong: string = tf.scalar(1);')).error?.evalue).toContain(
    "not assignable to type 'string'",
  );
  expect((await kernel.run('steps("many");')).error?.evalue).toContain(
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
  const { data, found } = await kernel.ask('inspect_request', { code: 'steps', cursor_pos: 2, detail_level: 0 });
  expect(found).toBe(true);
  expect(data['text/plain']).toContain('function steps(n: number)');
  expect(data['text/plain']).toContain('Counts 0, 1');
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
  const { error } = await kernel.run('for await (const i of steps(NaN)) void i;');
  expect(error?.ename).toBe('RangeError');
  expect(error?.traceback.join('\n')).toMatch(/lib\/src\/backend\/interrupt\.ts:\d+/);
});
