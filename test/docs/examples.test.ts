import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { examplesIn, faultsOf } from './examples.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('the examples of the documentation', { timeout: 600_000 }, () => {
  it('in doc comments of the library, and in the guide to contributing, compile', () => {
    const files = readdirSync(path.join(root, 'lib', 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join('lib', 'src', file));
    const examples = files.flatMap((file) => examplesIn(file, read(file)));
    expect(examples.length).toBeGreaterThan(20);
    const guide = examplesIn('CONTRIBUTING.md', read('CONTRIBUTING.md'), 'lib/src/degradations');
    expect(guide).toHaveLength(1);
    expect(faultsOf([...examples, ...guide])).toEqual([]);
  });
});

describe('the check of examples', { timeout: 600_000 }, () => {
  const example = (...lines: string[]) =>
    examplesIn(
      'a.ts',
      ['/**', ' * What it is.', ' *', ' * ```ts', ...lines.map((l) => ` * ${l}`), ' * ```'].join('\n'),
    );

  it('finds what does not compile, and says where', () => {
    const faults = faultsOf(
      [
        ['const seed = 1;', 'blur({ sigmas: 3 });'],
        ['const walk = binomialWalks({ pixels: 3 });'],
        ['for (const x of [1, 2] {', '}'],
        ['const n = 1;', '', 'batches(JSON as unknown, { size: 1 });'],
        // What an example leaves out, and names that it declares itself, are no faults.
        ['strip(await collect(sampleNaive({ … })));', 'for (const network of [1, 2]) …'],
      ].flatMap((lines) => example(...lines)),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^a\.ts:6: .*'sigmas'/),
      expect.stringMatching(/^a\.ts:5: .*'binomialWalks'/),
      expect.stringMatching(/^a\.ts:5: '\)' expected/),
      expect.stringMatching(/^a\.ts:7: .*'unknown'/),
    ]);
  });

  it('refuses a block without an end', () => {
    expect(() => examplesIn('a.ts', '/**\n * ```ts\n * blur();\n */')).toThrow('a.ts:3: the block has no end');
  });
});
