import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kernel, type Result } from '../kernel/client.js';
import { markedBlocks } from './blocks.js';

const [program, ...others] = markedBlocks();
let kernel: Kernel;
let result: Result;
beforeAll(async () => {
  kernel = await Kernel.start({ env: { QUICK: '1' } });
  result = await kernel.run(program);
}, 600_000);
afterAll(() => kernel.stop());

it('the program in the README runs as it stands, in the kernel, and shows its samples', () => {
  const { error, outputs } = result;
  expect(error).toBeUndefined();
  const shown = outputs
    .filter(({ type }) => type === 'display_data')
    .map(({ content }) => content.data as Record<string, unknown>);
  expect(shown.at(-1)?.['image/png']).toBeTruthy();
});

it('what follows it keeps model, picture, film and page', async () => {
  expect(others).toHaveLength(1);
  const { error } = await kernel.run(others[0]);
  expect(error).toBeUndefined();
  const begins = { png: '\x89PNG', gif: 'GIF89a', html: '<!doctype html>' };
  for (const [ending, first] of Object.entries(begins)) {
    const bytes = readFileSync(path.join(kernel.folder, `digits.${ending}`));
    expect(bytes.toString('latin1', 0, first.length), ending).toBe(first);
  }
  const checkpoint = readFileSync(path.join(kernel.folder, 'digits.safetensors'), 'latin1');
  expect(checkpoint).toContain('denoise-renoise');
});
