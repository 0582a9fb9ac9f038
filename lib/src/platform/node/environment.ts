import { readFileSync } from 'node:fs';

/** A variable of the environment; nothing where it is not set. */
export function environment(name: string): string | undefined {
  return process.env[name];
}

/** A name that no other run of the library on this page or in this notebook has. */
export const runName = String(process.pid);

/** The version in the library's `package.json`. */
export function libraryVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
