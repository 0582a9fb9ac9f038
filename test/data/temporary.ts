import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of its own for the test file, which is removed at the end. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'naive-diffusion-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
