import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The README's text. */
export const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

/** The blocks of code below the marks that say that a test runs them, in their order. */
export function markedBlocks(): string[] {
  const blocks = readme.matchAll(/<!-- example: a test runs this -->\n```ts\n([\s\S]*?)```/g);
  return [...blocks].map(([, code]) => code);
}

/** The blocks that begin with the name of a file, by that name. */
export function files(): Record<string, string> {
  const blocks = readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g);
  return Object.fromEntries([...blocks].map(([, name, code]) => [name, code]));
}
