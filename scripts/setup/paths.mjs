// @ts-check
// Where everything is.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository; or the package `naive-diffusion`, for which these files are copied into its `dist`. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Whether this is the repository. */
export const isClone = existsSync(join(root, 'scripts', 'setup'));

/** Whose `node_modules` TensorFlow's binding is put into: the repository, or the project in whose folder one is. */
export const project = isClone ? root : process.cwd();

/** What set-up notes down; git ignores it. */
export const scratch = isClone ? join(root, '.cache') : join(project, 'node_modules', '.cache', 'naive-diffusion');

/** Operations of this project's own, in C++ on TensorFlow's C interface, which become part of the binding. */
export const ownOperations = isClone ? join(root, 'lib', 'native') : join(root, 'native');

/** The package with the binding's JavaScript and its sources. */
export const tensorflowPackage = join(project, 'node_modules', '@tensorflow', 'tfjs-node-gpu');

/** The Python environment. */
export const venv = join(root, '.venv');

/**
 * A program inside a Python environment.
 * @param {string} name
 * @param {string} [prefix]
 */
export function venvProgram(name, prefix = venv) {
  return process.platform === 'win32' ? join(prefix, 'Scripts', `${name}.exe`) : join(prefix, 'bin', name);
}

/**
 * The cache shared by all clones: `NAIVE_DIFFUSION_CACHE`, else the place that the system has for caches.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [platform]
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env.NAIVE_DIFFUSION_CACHE) return resolve(env.NAIVE_DIFFUSION_CACHE);
  const home = env.HOME || homedir();
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'naive-diffusion');
  return platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'naive-diffusion')
    : join(home, '.cache', 'naive-diffusion');
}
