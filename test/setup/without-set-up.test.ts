import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from './support.js';

/** What a fresh clone has of the commands: no packages, no library, no Python environment. */
function clone(): string {
  const folder = temporaryFolder();
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  return folder;
}
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;
const isSetUp = (line: string) => /^node scripts\/(start|setup|test|native)\.mjs$/.test(line);
const run = (folder: string, line: string) =>
  command('sh', ['-c', line], { cwd: folder, env: { ...process.env, NAIVE_DIFFUSION_CACHE: join(folder, 'cache') } });

describe.each(Object.entries(scripts).filter(([, line]) => isSetUp(line)))('npm run %s', (_, line) => {
  it.each(['--help', '-h', '--help --unknown', '--no-browser --help', '--port x --help', '--dir /none --help'])(
    '%s explains, and starts nothing',
    async (options) => {
      const folder = clone();
      const before = readdirSync(folder, { recursive: true });
      const { code, output } = await run(folder, `${line} ${options}`);
      expect([code, output]).toEqual([0, expect.stringMatching(/^npm (start|test|run (setup|native)) \[-- OPTIONS\]/)]);
      expect(readdirSync(folder, { recursive: true })).toEqual(before);
    },
  );
});

describe.each(Object.entries(scripts).filter(([, line]) => !isSetUp(line)))('npm run %s', (_, line) => {
  it('says before the set-up that npm start is the remedy', async () => {
    const { code, output } = await run(clone(), line);
    expect(code).not.toBe(0);
    expect(output).toMatch(/^error: [\w-]+ is not installed\.\n {2}Run `npm start` first/);
    expect(output).not.toMatch(/^ +at /m);
  });
});

it('a program that needs the library says that it is not built', async () => {
  const folder = clone();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules', '.bin'), join(folder, 'node_modules', '.bin'));
  const { code, output } = await run(folder, scripts.train);
  expect([code, output]).toEqual([1, expect.stringMatching(/^error: the library is not built\.\n {2}Run `npm start`/)]);
});

it.each(['lint', 'site', 'api'])('npm run %s says what adds the packages of developers', async (name) => {
  const folder = clone();
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', '.bin', 'tsx'), '');
  const { code, output } = await run(folder, scripts[name]);
  expect([code, output]).toEqual([127, expect.stringMatching(/is not installed\.\n {2}Run `npm run setup -- --dev`/)]);
});

it('a command that cannot be started names the remedy, too', async () => {
  const folder = clone();
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', '.bin', 'eslint'), ''); // not executable
  const { code, output } = await run(folder, scripts.lint);
  expect([code, output]).toEqual([127, expect.stringContaining('npm start')]);
});
