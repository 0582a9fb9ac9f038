import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kernel } from '../kernel/client.js';

const readme = path.join(import.meta.dirname, '..', '..', 'README.md');
let kernel: Kernel;
beforeAll(async () => {
  kernel = await Kernel.start();
});
afterAll(() => kernel.stop());

it('the program in the README runs as it stands, in the kernel, and shows its samples', async () => {
  const code = /<!-- example: a test runs this -->\n```ts\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8'))?.[1];
  expect(code).toBeDefined();
  const { error, outputs } = await kernel.run(code!);
  expect(error).toBeUndefined();
  const shown = outputs
    .filter(({ type }) => type === 'display_data')
    .map(({ content }) => content.data as Record<string, unknown>);
  expect(shown.at(-1)?.['image/png']).toBeTruthy();
});
