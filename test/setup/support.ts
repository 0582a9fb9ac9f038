import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Problem } from '../../scripts/setup/problem.mjs';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** An empty folder that is removed when the tests of the file are over. */
export function temporaryFolder(): string {
  made.push(mkdtempSync(join(tmpdir(), 'naive-diffusion-test-')));
  return made.at(-1)!;
}

/** A program that prints `text` and does nothing else; returns the folder it lies in. */
export function fakeProgram(name: string, text: string): string {
  const folder = temporaryFolder();
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
  chmodSync(file, 0o755);
  return folder;
}

/** The problem that `work` ends with. */
export async function problemOf(work: () => unknown): Promise<Problem> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('expected a problem, but all went well');
}
