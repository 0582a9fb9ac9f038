import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { version } from '../../lib/src/version.ts';

it('the version is that of package.json: npm run versions writes both', () => {
  const file = readFileSync(new URL('../../lib/package.json', import.meta.url), 'utf8');
  expect(version).toBe((JSON.parse(file) as { version: string }).version);
});
