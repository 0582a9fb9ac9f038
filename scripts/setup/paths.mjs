// @ts-check
// Where everything is.
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What set-up notes down inside the repository; git ignores it. */
export const scratch = join(root, '.cache');

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
