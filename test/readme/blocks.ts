import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The README's text. */
export const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

const PAGE =
  /<!-- page: a test builds and opens this -->\n```ts\n\/\/ page\.ts\n([^]*?)```\n\n```html\n([^]*?)```[^]*?```\n([^]*?)```/;

/** The blocks of code below the marks that say that a test runs them, in their order. */
export function markedBlocks(): string[] {
  const blocks = readme.matchAll(/<!-- example: a test runs this -->\n```ts\n([\s\S]*?)```/g);
  return [...blocks].map(([, code]) => code);
}

/** The program of a page, the page, and the commands that make it. */
export function pageBlocks(): { program: string; page: string; commands: string } {
  const [, program, page, commands] = PAGE.exec(readme)!;
  return { program, page, commands };
}

/** The blocks of the section on parts that begin with the name of a file, by that name. */
export function files(): Record<string, string> {
  const [section] = /\n## Your own parts\n[^]*?\n## /.exec(readme)!;
  const blocks = section.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g);
  return Object.fromEntries([...blocks].map(([, name, code]) => [name, code]));
}
