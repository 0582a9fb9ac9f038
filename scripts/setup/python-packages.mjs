// @ts-check
// Environments of Python with pinned packages: the one with JupyterLab, in .venv, and that of sweeps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { hashFiles, isMarked, readMark, removeMark, writeMark } from './marks.mjs';
import { root, venv, venvProgram } from './paths.mjs';
import { installWithPip } from './pip.mjs';
import { explain, Problem } from './problem.mjs';
import { findPython, pythonEnvironment } from './python.mjs';
import { installWithUv } from './uv.mjs';

/**
 * @typedef {object} Packages
 * @property {string} requirements the file that pins them
 * @property {string} what what they are, in a word
 * @property {string} program one of theirs
 * @property {string} needs the room that they take
 */

/** @type {Packages} */
const jupyterLab = {
  requirements: join(root, 'requirements.txt'),
  what: 'JupyterLab',
  program: 'jupyter-lab',
  needs: 'about 500 MB',
};

/**
 * Makes an environment, anew if it is only half there, was moved, or other packages are pinned by now.
 * @param {string} [prefix]
 * @param {Packages} [packages]
 * @param {() => void} [begin] is called before anything is fetched
 * @returns {Promise<string | undefined>} the version of Python; undefined when it was there already
 */
export async function installPythonPackages(prefix = venv, packages = jupyterLab, begin = () => {}) {
  const { requirements, what, program, needs } = packages;
  const markFile = join(prefix, 'naive-diffusion.json');
  if (await isUsable(prefix, requirements, markFile)) return undefined;
  begin();
  const python = await findPython();
  removeMark(markFile);
  await makeEmpty(python.program, prefix, needs);
  if (!(await installWithUv(prefix, requirements))) {
    // pip would take for whole what uv has begun.
    await makeEmpty(python.program, prefix, needs);
    const { code, output } = await installWithPip(prefix, requirements);
    if (code !== 0) throw explain(`installing ${what}`, output, { needs });
  }
  if (!existsSync(venvProgram(program, prefix)))
    throw new Problem(
      `${what} was installed elsewhere than in ${prefix}.`,
      'An option such as target or prefix tells pip where: look for it in `pip config list`, and set PIP_CONFIG_FILE=/dev/null if it stands in a file.',
    );
  // else Node takes JupyterLab's scripts for modules, as this repository's are
  writeMark(join(prefix, 'package.json'), { type: 'commonjs' });
  writeMark(markFile, { ...wanted(prefix, requirements), python: python.version.join('.') });
  return python.version.join('.');
}

/**
 * @param {string} python
 * @param {string} prefix
 * @param {string} needs
 */
async function makeEmpty(python, prefix, needs) {
  const made = await command(python, ['-m', 'venv', '--clear', prefix], { env: pythonEnvironment() });
  if (made.code !== 0) throw explain('making the Python environment', made.output, { needs });
}

/**
 * @param {string} prefix
 * @param {string} requirements
 */
function wanted(prefix, requirements) {
  return { requirements: hashFiles(root, [requirements]), prefix };
}

/**
 * @param {string} prefix
 * @param {string} requirements
 * @param {string} markFile
 */
async function isUsable(prefix, requirements, markFile) {
  const mark = readMark(markFile);
  if (mark === undefined || !isMarked(markFile, { ...wanted(prefix, requirements), python: mark.python })) return false;
  // its Python may be gone
  const { code } = await command(venvProgram('python', prefix), ['-c', ''], { env: pythonEnvironment() });
  return code === 0;
}
