/** A project that has installed the library, as far as its set-up asks for it. */
import { chmodSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copySetUp } from '../../scripts/packages/pack.js';
import { command, type Outcome } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from './support.js';

/** The set-up that lies in a project. */
const setUp = path.join('node_modules', 'naive-diffusion', 'dist', 'setup');

/**
 * Such a project, with TensorFlow's binding to be compiled, or without it.
 * @param at where it lies, by default in a folder of its own
 */
export function projectFolder({ at = temporaryFolder(), hasTensorflow = true } = {}): string {
  mkdirSync(at, { recursive: true });
  const project = realpathSync(at);
  const library = path.join(project, 'node_modules', 'naive-diffusion');
  copySetUp(path.join(library, 'dist'));
  cpSync(path.join(root, 'lib', 'native'), path.join(library, 'native'), { recursive: true });
  cpSync(path.join(root, 'lib', 'package.json'), path.join(library, 'package.json'));
  writeFileSync(path.join(project, 'package.json'), '{}');
  if (hasTensorflow)
    for (const part of ['binding', 'package.json']) {
      const file = path.join('node_modules', '@tensorflow', 'tfjs-node-gpu', part);
      cpSync(path.join(root, file), path.join(project, file), { recursive: true });
    }
  return project;
}

/** What an expression over the exports of a module of its set-up gives there, in words. */
export async function runSetUpModule(project: string, module: string, expression: string): Promise<string> {
  const [name] = expression.split('(');
  const file = JSON.stringify(path.join(project, setUp, module));
  const program = `import { ${name} } from ${file}; console.log(${expression});`;
  const { stdout } = await command(process.execPath, ['--input-type=module', '-e', program], { cwd: project });
  return stdout.trim();
}

/**
 * Runs `npx naive-diffusion setup` there without npx, and with a program in the place of npm.
 * @param npm the program, in JavaScript; it is asked for `npm install … NAME@VERSION`, and finds that in `wanted`
 * @param options.library the project in which the library is, if it is another
 */
export function setUpIn(
  project: string,
  npm: string,
  { env = {}, library = project }: { env?: NodeJS.ProcessEnv; library?: string } = {},
): Promise<Outcome> {
  const programs = temporaryFolder();
  const file = path.join(programs, 'npm');
  writeFileSync(file, `#!${process.execPath}\nconst wanted = process.argv.at(-1);\n${npm}\n`);
  chmodSync(file, 0o755);
  return command(process.execPath, [path.join(library, setUp, 'commands', 'package.mjs'), 'setup', '--cpu'], {
    cwd: project,
    env: { ...process.env, PATH: `${programs}:${process.env.PATH}`, NAIVE_DIFFUSION_CACHE: temporaryFolder(), ...env },
  });
}
