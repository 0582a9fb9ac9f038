// @ts-check
// The Python environment with JupyterLab, in .venv.
import { join } from 'node:path';
import { command } from './command.mjs';
import { hashFiles, isMarked, readMark, removeMark, writeMark } from './marks.mjs';
import { root, venv, venvProgram } from './paths.mjs';
import { explain } from './problem.mjs';
import { findPython, pythonEnvironment } from './python.mjs';

const requirements = join(root, 'requirements.txt');

/**
 * Makes the environment, anew if it is only half there, was moved, or other packages are pinned by now.
 * @param {string} [prefix]
 * @returns {Promise<string | undefined>} the version of Python; undefined when it was there already
 */
export async function installPythonPackages(prefix = venv) {
  const markFile = join(prefix, 'naive-diffusion.json');
  if (await isUsable(prefix, markFile)) return undefined;
  const python = await findPython();
  removeMark(markFile);
  const doing = 'installing JupyterLab';
  const needs = 'about 500 MB';
  const made = await command(python.program, ['-m', 'venv', '--clear', prefix], { env: pythonEnvironment() });
  if (made.code !== 0) throw explain('making the Python environment', made.output, { needs });
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--require-hashes',
    '--only-binary=:all:',
    '--requirement',
    requirements,
  ];
  const installed = await command(venvProgram('python', prefix), pip, { env: pythonEnvironment() });
  if (installed.code !== 0) throw explain(doing, installed.output, { needs });
  // else Node takes JupyterLab's scripts for modules, as this repository's are
  writeMark(join(prefix, 'package.json'), { type: 'commonjs' });
  writeMark(markFile, { ...wanted(prefix), python: python.version.join('.') });
  return python.version.join('.');
}

/** @param {string} prefix */
function wanted(prefix) {
  return { requirements: hashFiles(root, [requirements]), prefix };
}

/**
 * @param {string} prefix
 * @param {string} markFile
 */
async function isUsable(prefix, markFile) {
  const mark = readMark(markFile);
  if (mark === undefined || !isMarked(markFile, { ...wanted(prefix), python: mark.python })) return false;
  // its Python may be gone
  const { code } = await command(venvProgram('python', prefix), ['-c', ''], { env: pythonEnvironment() });
  return code === 0;
}
