// @ts-check
// Installs what is pinned with the pip of an environment.
import { command } from './command.mjs';
import { venvProgram } from './paths.mjs';
import { pythonEnvironment } from './python.mjs';

/**
 * @param {string} prefix the environment
 * @param {string} requirements the file that pins them
 * @param {string[]} [more] options of pip
 */
export function installWithPip(prefix, requirements, more = []) {
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-user', // whatever its configuration says: it would refuse
    '--no-deps', // the file pins what they need as well
    '--no-compile', // Python does it when a module is first used, and most never are
    '--require-hashes',
    '--only-binary=:all:',
    ...more,
    '--requirement',
    requirements,
  ];
  return command(venvProgram('python', prefix), pip, { env: pythonEnvironment() });
}
