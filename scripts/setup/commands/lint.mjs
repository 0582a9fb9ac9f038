// @ts-check
// npm run lint: what reads the code without running it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildLibrary } from '../library.mjs';
import { readOptions } from '../options.mjs';
import { root } from '../paths.mjs';

const help = `npm run lint [-- --help]

Runs what reads the code without running it, until the first that complains: eslint, prettier --check,
dependency-cruiser, knip (what nothing uses), publint and attw (what users of the package would trip over), npm run api
-- --check (what is public) and size-limit (what the library weighs in browsers).

  --help   print this`;

/** The options of attw: it looks at the tarball that npm would make, which only programs in ESM import. */
export const TYPES_OF_PACKAGE = ['--pack', 'lib', '--profile', 'esm-only', '--no-summary', '--no-emoji'];

const ofSources = [['eslint', '.'], ['prettier', '--check', '.'], ['depcruise', 'lib/src'], ['knip']];

/** What looks at the library as it is built. */
const ofPackage = [
  ['publint', 'lib'],
  ['attw', ...TYPES_OF_PACKAGE],
  ['tsx', 'scripts/api.ts', '--check'],
  ['size-limit'],
];

/** @param {string[]} args */
export async function lint(args) {
  if (!readOptions(args, help, {})) return;
  if (!succeed(ofSources)) return;
  await buildLibrary();
  succeed(ofPackage);
}

/**
 * Runs commands until the first that complains, and says whether none did.
 * @param {string[][]} checks
 */
function succeed(checks) {
  const through = join(root, 'scripts', 'with-environment.mjs');
  for (const check of checks) {
    const { status } = spawnSync(process.execPath, [through, ...check], { cwd: root, stdio: 'inherit' });
    if (status === 0) continue;
    process.exitCode = status ?? 1;
    return false;
  }
  return true;
}
