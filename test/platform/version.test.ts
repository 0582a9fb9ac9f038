import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { version } from '../../lib/src/version.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const read = <T>(file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as T;

it('the version is the same wherever it stands: npm run versions writes them all', () => {
  expect(read<{ version: string }>('lib/package.json').version).toBe(version);
  expect(read<{ version: string }>('package.json').version).toBe(version);
  const { packages } = read<{ packages: Record<string, { version?: string }> }>('package-lock.json');
  expect(['', 'lib'].map((name) => packages[name].version)).toEqual([version, version]);
});
