// @ts-check
// npm run versions: the versions and the changelogs that the notes in .changeset ask for.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './setup/command.mjs';
import { main } from './setup/main.mjs';
import { readOptions } from './setup/options.mjs';
import { root } from './setup/paths.mjs';
import { explain } from './setup/problem.mjs';

const help = `npm run versions

Turns the notes in .changeset into the next versions and their changelogs, and writes the library's version wherever else
it stands: in lib/src/version.ts, in the package of this repository, and in the lock file. Publishes nothing.

  --help   print this`;

await main(async () => {
  if (!readOptions(process.argv.slice(2), help, {})) return;
  await run('turning the notes into versions', process.execPath, [
    join(root, 'scripts', 'with-environment.mjs'),
    'changeset',
    'version',
  ]);
  const { version } = JSON.parse(readFileSync(join(root, 'lib', 'package.json'), 'utf8'));
  // The library says its version in browsers too, where it cannot read its package.json.
  replace(join(root, 'lib', 'src', 'version.ts'), /'[^']*'/, `'${version}'`);
  replace(join(root, 'package.json'), /"version": "[^"]*"/, `"version": "${version}"`);
  const lock = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('writing the lock file', 'npm', lock);
  console.log(`The library is now ${version}; see lib/CHANGELOG.md`);
});

/**
 * @param {string} doing
 * @param {string} program
 * @param {string[]} args
 */
async function run(doing, program, args) {
  const { code, output } = await command(program, args, { cwd: root });
  if (code === 127) {
    console.error(output.trim()); // it is not installed, and says so itself
    process.exit(code);
  }
  if (code !== 0) throw explain(doing, output);
}

/**
 * Replaces what comes first in a file.
 * @param {string} file
 * @param {RegExp} what
 * @param {string} by
 */
function replace(file, what, by) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(what, by));
}
