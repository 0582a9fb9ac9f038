import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './client.js';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await Kernel.start();
});
afterAll(() => kernel.stop());

const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(kernel.folder, name)), { recursive: true });
  fs.writeFileSync(path.join(kernel.folder, name), text);
};

/** Runs `next` as it is queued behind a cell that keeps the thread busy until after `edit`. */
async function editedMeanwhile(edit: () => void, next: string): Promise<string> {
  const flag = `go-${randomUUID()}`;
  const busy = await kernel.start(
    // It gives way once, so that what it prints goes out, and then not any more.
    `{ const fs = require('node:fs'); console.log('busy'); await new Promise((r) => { setTimeout(r, 100); }); while (!fs.existsSync('${flag}')); }`,
  );
  await kernel.printed(busy, 'busy');
  edit();
  const queued = await kernel.start(next);
  write(flag, '');
  await kernel.result(busy);
  const { stdout, error } = await kernel.result(queued);
  expect(error?.traceback.join('\n')).toBeUndefined();
  return stdout;
}

test.each([
  ['a helper', 'helper.ts', (n: number) => `export const v: number = ${n};\n`, "import { v } from './helper';\nv"],
  [
    'a helper in JavaScript',
    'plain.js',
    (n: number) => `export const v = ${n};\n`,
    "import { v } from './plain.js';\nv",
  ],
  ['data', 'data.json', (n: number) => JSON.stringify({ v: n }), "import data from './data.json';\ndata.v"],
  [
    'a helper of a helper',
    'sub/deep.ts',
    (n: number) => `export const v = ${n};\n`,
    "import { w } from './middle';\nw",
  ],
])('%s that is saved while a cell runs is new in the next cell, each time', async (_, name, text, use) => {
  write('middle.ts', "import { v } from './sub/deep';\nexport const w = v;\n");
  write('sub/deep.ts', 'export const v = 0;\n');
  write(name, text(0));
  expect((await kernel.run(use)).stdout).toBe('0\n');
  for (let n = 1; n <= 3; n++) expect(await editedMeanwhile(() => write(name, text(n)), use)).toBe(`${n}\n`);
});

test('a helper whose type changes while a cell runs is checked against its new type', async () => {
  write('typed.ts', 'export const t = 1;\n');
  expect((await kernel.run("import { t } from './typed';\nt")).stdout).toBe('1\n');
  const next = "import { t } from './typed';\nt.length";
  expect(await editedMeanwhile(() => write('typed.ts', "export const t = 'four';\n"), next)).toBe('4\n');
});

test('a helper that was missing is found as soon as it is there', async () => {
  for (const name of ['late', 'folder/late']) {
    const use = `import { v } from './${name}';\nv`;
    expect((await kernel.run(use)).error?.evalue).toContain(`Cannot find module './${name}'`);
    expect(await editedMeanwhile(() => write(`${name}.ts`, 'export const v = 7;\n'), use)).toBe('7\n');
  }
});
