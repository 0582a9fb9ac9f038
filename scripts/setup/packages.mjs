// @ts-check
// The npm packages.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from './command.mjs';
import { hashFiles, isMarked, readMark, removeMark, writeMark } from './marks.mjs';
import { root } from './paths.mjs';
import { explain, Problem } from './problem.mjs';

const markFile = join(root, 'node_modules', '.naive-diffusion', 'packages.json');

/** They come before whatever the user's own .npmrc and variables say. */
const flags = [
  '--include=optional', // such as what is compiled for this system
  '--include=peer',
  '--no-save', // `install` may not write another lock file
  '--package-lock',
  '--bin-links',
  '--install-strategy=hoisted',
  '--ignore-scripts',
  '--legacy-peer-deps=false',
  '--no-audit',
  '--no-fund',
];

/**
 * What must be the same for `node_modules` to still be right.
 * @param {boolean} dev whether the packages that only work on the project needs are there
 */
function wanted(dev) {
  return {
    dev,
    packages: hashFiles(
      root,
      ['package.json', 'package-lock.json', 'lib/package.json', 'data/package.json'].map((file) => join(root, file)),
    ),
    platform: `${process.platform}-${process.arch}`,
    modules: process.versions.modules, // the version of Node's binary interface: a new one for each major version
  };
}

/**
 * Installs exactly what the lock file says: what the chapters and the library's commands need, and with `dev` also what
 * tests, style, the site, the reference and releases need. That stays when it is there.
 * @param {{ dev?: boolean }} [options]
 * @returns {Promise<boolean>} false when it was there already
 */
export async function installPackages({ dev = hasDevPackages() } = {}) {
  if (isMarked(markFile, wanted(dev))) return false;
  // Beside what is right, the rest is added: a kernel may be running on it.
  const how = dev && isMarked(markFile, wanted(false)) ? 'install' : 'ci';
  removeMark(markFile);
  const { program, args } = npm();
  const { code, output } = await command(program, [...args, how, dev ? '--include=dev' : '--omit=dev', ...flags], {
    cwd: root,
  });
  if (code === 127)
    throw new Problem(
      'npm was not found.',
      'Install Node together with npm (https://nodejs.org), and run the same command again.',
      output,
    );
  if (code !== 0) throw explain('installing the npm packages', output, { needs: 'about 1 GB' });
  writeMark(markFile, wanted(dev));
  return true;
}

/** Whether the packages that only work on the project needs were installed. */
export function hasDevPackages() {
  return readMark(markFile)?.dev === true;
}

/** The npm that runs this script, else the one that lies beside this Node, else the first on the path. */
function npm() {
  const beside = join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [process.env.npm_execpath, beside].find((file) => file?.endsWith('npm-cli.js') && existsSync(file));
  return script ? { program: process.execPath, args: [script] } : { program: 'npm', args: [] };
}
