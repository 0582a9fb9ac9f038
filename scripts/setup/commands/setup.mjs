// @ts-check
// npm run setup: sets up whatever is missing, and opens nothing. With --prefix the kernel is there for others, too.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installKernel } from '../../kernel/install.mjs';
import { unreadableByOthers, unreadableWithin } from '../others.mjs';
import { readOptions } from '../options.mjs';
import { cacheFolder, root, tensorflowPackage } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { report as makeReport } from '../report.mjs';
import { setUp } from '../set-up.mjs';

const help = `npm run setup [-- OPTIONS]

Sets up whatever is missing, as npm start does, and opens nothing.

  --dev          also installs the packages that work on the project itself needs, for tests, style and the site; they
                 stay in later set-ups, and npm test installs them, too
  --prefix DIR   also registers the TypeScript kernel in DIR/share/jupyter, where a JupyterLab of that prefix finds it,
                 a JupyterHub's for all its users. They need to read this folder and the cache, and to write to neither.
  --help         print this`;

/** @param {string[]} args */
export async function setup(args) {
  const options = readOptions(args, help, { dev: { type: 'boolean' }, prefix: { type: 'string' } })?.values;
  if (!options) return;
  const prefix = options.prefix === undefined ? undefined : prefixFolder(options.prefix);
  const report = makeReport();
  await setUp(report, { dev: options.dev });
  if (prefix === undefined) return;
  await checkReadable(sharedFolders());
  await report.step(
    'kernel for others',
    async () => installKernel(prefix),
    (fresh) => (fresh ? `registered in ${prefix}` : `is registered in ${prefix} already`),
  );
  await checkReadable([join(prefix, 'share', 'jupyter', 'kernels', 'tslab')]);
}

/** What a kernel of others reads: parts of this clone, and the library that its binding leads to, if it has one. */
function sharedFolders() {
  const own = ['package.json', 'data', 'lib', 'node_modules', 'notebooks', 'scripts'].map((name) => join(root, name));
  const library = join(tensorflowPackage, 'lib', 'napi-v8', 'tensorflow');
  return existsSync(library) ? [...own, realpathSync(library)] : own;
}

/**
 * Set-up leaves what its umask lets it, and parts may have been there before.
 * @param {string[]} places
 */
export async function checkReadable(places) {
  const closed = places.map(unreadableWithin).find((place) => place !== undefined);
  if (closed === undefined) return;
  const { join: asTyped } = await import('shlex'); // which set-up has installed
  throw new Problem(
    `Set-up is complete, but other users cannot read ${closed}.`,
    `Let them: chmod -R o+rX ${asTyped(places)}\n  With \`umask 022\` before it, set-up leaves what they can read.`,
  );
}

/**
 * The folder that was asked for. Throws if it is none, or if other users could not read what its kernel needs.
 * @param {string} given
 */
function prefixFolder(given) {
  const prefix = resolve(process.env.INIT_CWD ?? process.cwd(), given); // npm runs scripts in the repository
  if (!statSync(prefix, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`--prefix must name a folder, got ${given}.`, `Make it first: mkdir -p ${given}`, '', 2);
  for (const [what, folder] of [
    ['this clone', root],
    ["TensorFlow's library", cacheFolder()],
    ['Node', process.execPath],
    ['the prefix', prefix],
  ]) {
    const closed = unreadableByOthers(folder);
    if (closed !== undefined)
      throw new Problem(
        `Other users cannot read ${what} in ${folder}: ${closed} is closed to them.`,
        'Let it lie where all may read, for example in /opt (NAIVE_DIFFUSION_CACHE names a place for the library).',
      );
  }
  return prefix;
}
