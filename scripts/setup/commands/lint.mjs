// @ts-check
// npm run lint: what reads the code without running it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readOptions } from '../options.mjs';
import { root } from '../paths.mjs';

const help = `npm run lint [-- --help]

Runs what reads the code without running it, until the first that complains: eslint, prettier --check,
dependency-cruiser, knip (what nothing uses) and publint (what users of the package would trip over).

  --help   print this`;

const checks = [['eslint', '.'], ['prettier', '--check', '.'], ['depcruise', 'lib/src'], ['knip'], ['publint', 'lib']];

/** @param {string[]} args */
export async function lint(args) {
  if (!readOptions(args, help, {})) return;
  const through = join(root, 'scripts', 'with-environment.mjs');
  for (const check of checks) {
    const { status } = spawnSync(process.execPath, [through, ...check], { cwd: root, stdio: 'inherit' });
    if (status !== 0) {
      process.exitCode = status ?? 1;
      return;
    }
  }
}
