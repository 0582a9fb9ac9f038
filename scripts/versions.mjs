// @ts-check
// npm run versions: the versions and the changelog that the notes in .changeset ask for.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [join(root, 'scripts', 'with-environment.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
process.exitCode = run('changeset', 'version').status ?? 1;

// The library says its version in browsers too, where it cannot read its package.json.
const { version } = JSON.parse(readFileSync(join(root, 'lib', 'package.json'), 'utf8'));
const file = join(root, 'lib', 'src', 'version.ts');
writeFileSync(file, readFileSync(file, 'utf8').replace(/'[^']*'/, `'${version}'`));
