/** The package with the compiled binding for this system. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { readJson } from '../read-json.ts';
import { command } from '../setup/command.mjs';
import { compileMovable, findCompiler } from '../setup/native/binding.mjs';
import { ensureLibraries } from '../setup/native/libraries.mjs';
import { madeFrom, prebuiltPackage } from '../setup/native/prebuilt.mjs';
import { wheelsFor } from '../setup/native/wheels.mjs';
import { root, scratch } from '../setup/paths.mjs';
import { pack, type Tarball } from './pack.ts';

const about = (system: string, needs: string) => `# ${prebuiltPackage}

The binding between Node and TensorFlow's library for ${system}, compiled, with the operations of naive-diffusion in C++.
${needs}
\`npx naive-diffusion setup\` installs it, fetches the library, and puts both together. It is compiled from the sources in
the npm package \`@tensorflow/tfjs-node-gpu\` (Apache License 2.0) and from \`native\` in \`naive-diffusion\` (MIT).
`;

/** Compiles the binding and makes its tarball; `glibc` is the oldest that it runs with, on Linux. */
export async function packBinding(to: string): Promise<Tarball & { glibc?: string }> {
  const wheels = wheelsFor('cpu');
  if (!wheels) throw new Error(`there is no TensorFlow for ${process.platform}-${process.arch}`);
  const folder = path.join(scratch, 'binding');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await ensureLibraries('cpu', wheels, { note: console.log });
  const file = path.join(folder, 'tfjs_binding.node');
  await compileMovable(await findCompiler(), file);
  const glibc = process.platform === 'linux' ? await newestSymbol(file) : undefined;
  const { version } = readJson(path.join(root, 'lib', 'package.json'), v.object({ version: v.string() }));
  const repository = process.env.GITHUB_REPOSITORY; // of the workflow that publishes it
  const card = {
    name: prebuiltPackage,
    version,
    description: 'A compiled binding of TensorFlow for naive-diffusion',
    license: 'MIT AND Apache-2.0',
    os: [process.platform],
    cpu: [process.arch],
    ...(glibc && { libc: ['glibc'], glibc }),
    ...(repository && { repository: { url: `git+https://github.com/${repository}.git` } }),
    files: ['tfjs_binding.node'],
    madeFrom: madeFrom(),
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(card, null, 2)}\n`);
  const needs = glibc ? `It needs glibc ${glibc} or newer, and nothing of the C++ library.` : '';
  writeFileSync(path.join(folder, 'README.md'), about(`${process.platform} on ${process.arch}`, needs));
  cpSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  return { ...(await pack(folder, to)), glibc };
}

/** The newest version of glibc that a file asks for. */
async function newestSymbol(file: string): Promise<string> {
  const { code, stdout, output } = await command('objdump', ['-T', file]);
  if (code !== 0) throw new Error(`objdump -T ${file}: ${output}`);
  const versions = [...stdout.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ]);
  versions.sort(([a, b], [c, d]) => a - c || b - d);
  return versions.at(-1)!.join('.');
}
