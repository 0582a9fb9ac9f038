// @ts-check
// npm run setup: sets up whatever is missing, and opens nothing. With --prefix the kernel is there for others, too.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { installKernel } from '../../kernel/install.mjs';
import { unreadableByOthers } from '../others.mjs';
import { readOptions } from '../options.mjs';
import { cacheFolder, root } from '../paths.mjs';
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
  await setUp(report, options.dev ? { dev: true } : {});
  if (prefix === undefined) return;
  await report.step(
    'kernel for others',
    async () => installKernel(prefix),
    (fresh) => (fresh ? `registered in ${prefix}` : `is registered in ${prefix} already`),
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
