/** What a stranger runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/paths.mjs';

/** The program that the package's own README shows. */
export function programOfReadme(): string {
  const [, program] = /```ts\n([^]*?)```/.exec(readFileSync(path.join(root, 'lib', 'README.md'), 'utf8'))!;
  return program;
}

/** Twenty losses must have been printed, and they must have fallen; returns both ends. */
export function checkPrinted(printed: string): string {
  const losses = [...printed.matchAll(/^\d+ (\d\.\d+)$/gm)].map(([, loss]) => Number(loss));
  const [first, last] = [losses[0], losses.at(-1)!];
  if (losses.length !== 20 || !(last < first)) throw new Error(`expected 20 losses that fall, got:\n${printed}`);
  return `loss ${first.toFixed(3)} → ${last.toFixed(3)}`;
}
