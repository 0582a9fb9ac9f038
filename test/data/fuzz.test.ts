import { afterAll, beforeAll, expect, it } from 'vitest';
import { ready, tf } from 'naive-diffusion';
import { makeKinds, type Kind } from '../../scripts/fuzz/kinds.ts';
import { tally } from '../../scripts/fuzz/verdicts.ts';
import { temporaryFolder } from './temporary.ts';

const names = [
  ...['IDX images', 'IDX labels', 'IDX images, gzipped', 'PNG', 'PNG with a palette', 'JPEG', 'JPEG, progressive'],
  ...['WebP', 'WebP, lossless', 'sheet of faces', 'table of faces', 'sheet of animals', 'table of animals'],
  ...['safetensors', 'results'],
];

const folder = temporaryFolder();
const before = process.env.NAIVE_DIFFUSION_DATA;
let kinds: Kind[];
beforeAll(async () => {
  await ready();
  kinds = await makeKinds(folder);
});
afterAll(() => {
  if (before === undefined) delete process.env.NAIVE_DIFFUSION_DATA;
  else process.env.NAIVE_DIFFUSION_DATA = before;
});

it.each(names)('%s damaged 300 times: a clear error, the same again, or what no checksum could tell', async (name) => {
  const tensors = tf.memory().numTensors;
  const { counts, examples } = await tally(
    kinds.find((kind) => kind.name === name)!,
    300,
    5,
  );
  expect(examples).toEqual([]);
  expect(counts['clear error']).toBeGreaterThan(0); // the damage is such that it can be seen
  expect(tf.memory().numTensors).toBe(tensors);
});

it('is asked of every kind of file', () => expect(kinds.map(({ name }) => name)).toEqual(names));
