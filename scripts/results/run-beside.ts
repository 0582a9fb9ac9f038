import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Runs a script of `scripts/` in a process of its own, with its output shown here, and ends this one if it fails. */
export function runBeside(script: string, ...options: string[]): void {
  const file = path.join(path.dirname(import.meta.dirname), script);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', file, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
