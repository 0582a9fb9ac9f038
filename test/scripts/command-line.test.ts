import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';

function packageScripts(): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return scripts;
}

/** The file that each `npm run` script of our own starts, by the name of the script. */
function ownScripts(): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, line] of Object.entries(packageScripts())) {
    const file = /^node (?:scripts\/with-environment\.mjs (?:--dev )?tsx )?((?:scripts|bench)\/\S+)$/.exec(line)?.[1];
    if (file) own[name] = file;
  }
  return own;
}

/** The scripts of package.json that start a program of others. */
function othersScripts(): [name: string, program: string][] {
  return Object.entries(packageScripts())
    .filter(([name]) => !(name in ownScripts()))
    .map(([name, line]) => [name, line.replace(/^node /, '')]);
}

/** The files that CONTRIBUTING starts without npm. */
function toldCommands(): string[] {
  const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
  return [...text.matchAll(/`(?:node|npx tsx) (\S+\.(?:mjs|ts))/g)].map(([, file]) => file);
}

/** The files that have a command line, with those that are started without npm. */
function allCommands(): string[] {
  const others = ['scripts', 'scripts/fuzz', 'bench'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.ts') && name !== 'command-line.ts')
      .map((name) => `${folder}/${name}`)
      .filter((file) => readFileSync(path.join(root, file), 'utf8').includes('await start')),
  );
  return [...new Set([...Object.values(ownScripts()), ...others, ...toldCommands(), 'scripts/check-cells.mjs'])];
}

function run(file: string, ...args: string[]) {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
  return command(process.execPath, [...loader, path.join(root, file), ...args], { cwd: root });
}

/** A wrong value for each script, and what its refusal says. What takes no value is given a word. */
const wrong: Record<string, [args: string[], says: RegExp]> = {
  start: [['--port', 'x'], /--port must be a whole number from 1 to 65535, got x/],
  setup: [['--prefix', '/no/such/folder'], /--prefix must name a folder, got \/no\/such\/folder/],
  versions: [['word'], /Unexpected argument 'word'/],
  site: [['--port', 'x'], /--port.*expected a whole number of at least 1 and at most 65535/],
  test: [['--no-notebooks', '--only-notebooks'], /exclude each other/],
  lint: [['lib/src'], /Unexpected argument 'lib\/src'/],
  api: [['word'], /too many arguments/],
  native: [['--gpu', '--cpu'], /exclude each other/],
  train: [['--recipe', 'naive-facs'], /recipe must be one of .*naive-faces.*, got 'naive-facs'/],
  classifiers: [['animals'], /Allowed choices are digits, faces, faces-64/],
  evaluate: [['--checkpoint', 'naive-facs'], /checkpoint must be one of .*naive-faces.*, got 'naive-facs'/],
  sweep: [['experiments/step-sise.ts'], /experiments\/step-sise\.ts is not there/],
  results: [['varieties'], /Allowed choices are .*variety/],
  bench: [['--workloads', 'ax'], /expected some of abcdefgh/],
  'bench:bf16': [['a'], /too many arguments/],
  'bench:memory': [['a'], /too many arguments/],
  'bench:pictures': [['--sides', 'ours,theirs'], /expected some of ours, .*got 'theirs'/],
  'bench:profile': [['d'], /Allowed choices are a, b, c/],
  'bench:startup': [['99'], /expected one of 1, 2, 3/],
  'bench:workers': [['--steps', '0'], /--steps.*expected a whole number of at least 1/],
  packages: [['--only-binding', '--no-binding'], /exclude each other/],
  stranger: [['word'], /too many arguments/],
  chapters: [['--minutes', '0'], /expected a whole number of at least 1/],
};

describe('the command line', { timeout: 600_000 }, () => {
  it.concurrent.each(allCommands())('of %s explains itself and starts nothing', async (file) => {
    const { code, stdout, output } = await run(file, '--help');
    expect(output).toBe(stdout);
    expect(stdout).toMatch(/^(Usage: )?(npm|npx|node) /);
    expect(stdout).toContain('--help');
    expect(code).toBe(0);
  });

  it.concurrent.each(othersScripts())('of npm run %s explains itself and starts nothing', async (_, program) => {
    // npm puts `--help` behind the last of several commands, and the others would start.
    expect(program).toMatch(/^scripts\/with-environment\.mjs [^&;|]+$/);
    const [file, ...args] = program.split(' ');
    const { code, stdout } = await run(file, ...args, '--help');
    expect(stdout).toMatch(/usage|commands|options/i);
    expect(code).toBe(0);
  });

  it.concurrent.each(allCommands())('of %s refuses an option that there is not', async (file) => {
    const { code, stdout, output } = await run(file, '--no-such-option');
    expect(output).toMatch(/unknown option '--no-such-option'/i);
    expect(output).not.toMatch(/^ +at /m);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it.concurrent.each(Object.entries(ownScripts()))('of npm run %s refuses a wrong value', async (name, file) => {
    expect(Object.keys(wrong), 'a script without a case in this test').toContain(name);
    const [args, says] = wrong[name];
    const { code, stdout, output } = await run(file, ...args);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/^ +at /m);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it.concurrent.each([
    [['--recipe', 'naive-faces', '--steps', '0'], /--steps.*expected a whole number of at least 1/],
    [['--recipe', 'naive-faces', '--steps', ''], /expected a whole number/],
    [['--recipe', 'naive-faces', '--keep', '5,x'], /--keep.*expected a whole number/],
    [['--recipe', 'naive-faces', 'word'], /too many arguments/],
    [['--recipe', 'no/such/recipe.ts'], /no\/such\/recipe\.ts is not there/],
    [[], /--recipe must be one of .*naive-faces/],
  ])('of npm run train refuses %j', async (args, says) => {
    const { code, stdout, output } = await run('scripts/train.ts', ...args);
    expect(output).toMatch(says);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it.concurrent.each([
    [[], /give either --checkpoint or --real/],
    [['--checkpoint', 'naive-faces', '--real', 'faces'], /give either --checkpoint or --real/],
    [['--checkpoint', 'naive-faces', '--samples', '50'], /--samples.*at least 200/],
    [['--checkpoint', 'naive-faces', '--seed', '-1'], /--seed.*at least 0/],
    [['--checkpoint', 'naive-faces', '--set', 'T'], /such as steps=16/],
    [['--checkpoint', 'naive-faces', '--set', 'T=4', 'T=5'], /T is given twice/],
    [['--checkpoint', 'naive-faces', '--import', 'no-parts.ts'], /no-parts\.ts of --import is not there/],
    [['--checkpoint', 'no/such.safetensors'], /no\/such\.safetensors is not there/],
    [['--real', 'digit'], /expected one of digits, faces/],
    [['--real', 'digits', '--samples', '5001'], /at most 5000 for real digits, got 5001/],
    [['--real', 'digits', '--set', 'S=3'], /--set is for a sampler/],
  ])('of npm run evaluate refuses %j', async (args, says) => {
    const { code, stdout, output } = await run('scripts/evaluate.ts', ...args);
    expect(output).toMatch(says);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it.concurrent.each([
    ['scripts/run-notebooks.mjs', ['--timeout', 'soon'], /--timeout must be a whole number above 0, got soon/],
    ['scripts/run-notebooks.mjs', ['--jobs', '0'], /--jobs must be a whole number above 0, got 0/],
    ['scripts/run-notebooks.mjs', ['no-such.ipynb'], /no-such\.ipynb is not there/],
    ['scripts/sanitize/run.mjs', ['memory'], /must be address or thread, got memory/],
    ['scripts/fuzz/files.ts', ['many'], /expected a whole number/],
  ])('of %s refuses %j', async (file, args, says) => {
    const { code, stdout, output } = await run(file, ...args);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/^ +at /m);
    expect([stdout, code]).toEqual(['', 2]);
  });
});
