// @ts-check
// npm run versions: the versions and the changelog that the notes in .changeset ask for.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './setup/main.mjs';
import { readOptions } from './setup/options.mjs';
import { root } from './setup/paths.mjs';

const help = `npm run versions

Turns the notes in .changeset into the next version and its changelog.

  --help   print this`;

await main(async () => {
  if (!readOptions(process.argv.slice(2), help, {})) return;
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'with-environment.mjs'), 'changeset', 'version'],
    { cwd: root, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
  if (status !== 0) return;
  // The library says its version in browsers too, where it cannot read its package.json.
  const { version } = JSON.parse(readFileSync(join(root, 'lib', 'package.json'), 'utf8'));
  const file = join(root, 'lib', 'src', 'version.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/'[^']*'/, `'${version}'`));
});
