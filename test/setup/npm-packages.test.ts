import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from './support.js';

/** A clone with an npm that installs nothing, and notes what it is asked for. */
function cloneWithNpm() {
  const folder = temporaryFolder();
  cpSync(join(root, 'scripts', 'setup'), join(folder, 'scripts', 'setup'), { recursive: true });
  for (const part of ['lib', 'data']) mkdirSync(join(folder, part));
  const files = ['package.json', 'package-lock.json', 'lib/package.json', 'data/package.json'];
  for (const file of files) writeFileSync(join(folder, file), '{}');
  const npm = join(folder, 'npm-cli.js');
  const asked = join(folder, 'asked');
  writeFileSync(
    npm,
    `require('node:fs').appendFileSync(${JSON.stringify(asked)}, process.argv.slice(2, 4).join(' ') + '\\n');
     process.exitCode = Number(process.env.NPM_FAILS ?? 0);`,
  );
  const install = async (options: string, env: NodeJS.ProcessEnv = {}) => {
    const file = JSON.stringify(join(folder, 'scripts', 'setup', 'packages.mjs'));
    const program = `import { installPackages } from ${file}; console.log(await installPackages(${options}));`;
    const { stdout } = await command(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      env: { ...process.env, npm_execpath: npm, ...env },
    });
    const seen = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
    return { installed: stdout.trim(), last: seen.at(-1), times: seen.length };
  };
  return { folder, install };
}

it("a reader's packages come first, developers' are added beside them, and stay", async () => {
  const { folder, install } = cloneWithNpm();
  expect(await install('')).toEqual({ installed: 'true', last: 'ci --omit=dev', times: 1 });
  expect(await install('')).toEqual({ installed: 'false', last: 'ci --omit=dev', times: 1 });
  expect(await install('{ dev: true }')).toEqual({ installed: 'true', last: 'install --include=dev', times: 2 });
  expect(await install('')).toMatchObject({ installed: 'false', times: 2 });
  writeFileSync(join(folder, 'package-lock.json'), '{ "changed": true }');
  expect(await install('')).toEqual({ installed: 'true', last: 'ci --include=dev', times: 3 });
});

it('what was interrupted is installed anew, as the lock file says', async () => {
  const { install } = cloneWithNpm();
  await install('');
  expect(await install('{ dev: true }', { NPM_FAILS: '1' })).toMatchObject({ installed: '', times: 2 });
  expect(await install('{ dev: true }')).toEqual({ installed: 'true', last: 'ci --include=dev', times: 3 });
});
