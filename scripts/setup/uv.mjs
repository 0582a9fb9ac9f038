// @ts-check
// Installs what is pinned with uv, in a tenth of the processor time that pip takes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { venvProgram } from './paths.mjs';
import { installWithPip } from './pip.mjs';
import { pythonEnvironment } from './python.mjs';

/** pip's options for where packages come from, and the variables by which uv is told the same. */
const variables = /** @type {Record<string, string>} */ ({
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'find-links': 'UV_FIND_LINKS',
  'trusted-host': 'UV_INSECURE_HOST',
  cert: 'SSL_CERT_FILE',
  proxy: 'ALL_PROXY',
});

/**
 * Installs what a file pins into an environment that has pip.
 * @param {string} prefix the environment
 * @param {string} requirements
 * @returns {Promise<boolean>} false if it did not come to that: pip may still do it, and says what is wrong
 */
export async function installWithUv(prefix, requirements) {
  const python = venvProgram('python', prefix);
  const uv = venvProgram('uv', prefix);
  const env = pythonEnvironment();
  // Where nothing can be reached, pip is to find it out once, not twice.
  const fetched = await installWithPip(prefix, join(import.meta.dirname, 'uv.txt'), ['--retries=1']);
  if (fetched.code !== 0 || !existsSync(uv)) return false;
  const told = toldToPip((await command(python, ['-m', 'pip', 'config', 'list'], { env })).stdout);
  const install = ['pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:'];
  const index = isOffline(told) ? ['--no-index'] : [];
  const installed = await command(uv, [...install, ...index, '--python', python, '--requirement', requirements], {
    env: uvEnvironment(told, env),
  });
  return installed.code === 0;
}

/**
 * What pip is told, by its configuration and by variables.
 * @param {string} config what `pip config list` prints, as in `global.index-url='https://…'`
 * @returns {Record<string, string>} by the names of its options
 */
export function toldToPip(config) {
  const lines = [...config.matchAll(/^([^.\n]+)\.([a-z-]+)=(['"])(.+)\3$/gm)];
  /** @type {Record<string, string>} */
  const told = {};
  // The later wins, as it does for pip.
  for (const section of ['global', 'install', ':env:'])
    for (const [, where, option, , value] of lines)
      if (where === section) told[option] = value.replaceAll('\\n', ' ').trim();
  return told;
}

/**
 * The environment in which uv looks where pip would, and is told nothing else: neither by variables nor by files of its
 * own, which may be about other environments.
 * @param {Record<string, string>} told
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function uvEnvironment(told, env = {}) {
  const others = Object.entries(env).filter(([name]) => name === 'UV_CACHE_DIR' || !name.startsWith('UV_'));
  return {
    ...Object.fromEntries(others),
    UV_NO_CONFIG: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    // Like pip, and as hashes make safe, it takes what is pinned from any index that has it.
    UV_INDEX_STRATEGY: 'unsafe-best-match',
    ...whereFrom(told),
  };
}

/** @param {Record<string, string>} told */
function whereFrom(told) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [option, variable] of Object.entries(variables)) {
    if (!told[option] || (isOffline(told) && option.endsWith('index-url'))) continue;
    found[variable] = told[option].split(/\s+/).join(option === 'find-links' ? ',' : ' ');
  }
  return found;
}

/**
 * Whether pip is to ask no index.
 * @param {Record<string, string>} told
 */
export function isOffline(told) {
  return /^(y|yes|t|true|on|1)$/i.test(told['no-index'] ?? '');
}
