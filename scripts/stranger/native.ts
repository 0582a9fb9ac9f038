/** Native TensorFlow for a stranger who has no compiler. */
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { packBinding } from '../packages/binding.ts';
import { sizeOf } from '../packages/pack.ts';
import { command } from '../setup/command.mjs';
import { findPython } from '../setup/python.mjs';
import { prebuiltPackage } from '../setup/native/prebuilt.mjs';
import { report } from '../setup/report.mjs';
import { checkPrinted, programOfReadme } from './program.ts';
import { type Project, TENSORFLOW, tsx } from './project.ts';

/** Where there is nothing but Node, npm and Python; the cache is empty, or what `NAIVE_DIFFUSION_CACHE` names. */
export async function setUpNative(project: Project, library: string, tarballs: string): Promise<void> {
  const { step } = report();
  const binding = await step(prebuiltPackage, () => packBinding(tarballs), sizeOf);
  await project.install(false, library, binding.file, TENSORFLOW);
  const programs = path.join(project.folder, '..', 'bin');
  mkdirSync(programs);
  for (const name of ['npm', 'npx', 'sh', 'env', 'ps']) {
    const { stdout } = await command('which', [name]);
    symlinkSync(stdout.trim(), path.join(programs, name));
  }
  symlinkSync(process.execPath, path.join(programs, 'node'));
  project.environment.PATH = programs;
  project.environment.PYTHON = (await findPython()).program; // there may be a script at its name, which needs more
  const cache = process.env.NAIVE_DIFFUSION_CACHE;
  if (cache) project.environment.NAIVE_DIFFUSION_CACHE = cache;
  await step(
    'naive-diffusion setup',
    () => project.run('npx', 'naive-diffusion', 'setup', '--cpu'),
    () => '',
  );
  project.write('program.ts', programOfReadme());
  await step('  under tsx', () => project.run(process.execPath, tsx, 'program.ts'), checkPrinted);
  project.write(
    'backend.ts',
    "import { describeBackend, ready } from 'naive-diffusion';\n\nawait ready({ backend: 'native' });\nconsole.log(describeBackend());\n",
  );
  await step(
    '  backend',
    () => project.run(process.execPath, tsx, 'backend.ts'),
    (line) => line.trim(),
  );
}
