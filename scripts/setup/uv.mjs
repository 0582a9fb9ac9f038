// @ts-check
// Installs what is pinned with uv, in a tenth of the processor time that pip takes.
import { join } from 'node:path';
import { command } from './command.mjs';
import { venvProgram } from './paths.mjs';
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
  const ofUv = join(import.meta.dirname, 'uv.txt');
  const install = ['install', '--quiet', '--no-deps', '--require-hashes'];
  const env = pythonEnvironment();
  const fetched = await command(
    python,
    ['-m', 'pip', ...install, '--no-compile', '--only-binary=:all:', '--requirement', ofUv],
    { env },
  );
  if (fetched.code !== 0) return false;
  const told = await command(python, ['-m', 'pip', 'config', 'list'], { env });
  const installed = await command(
    venvProgram('uv', prefix),
    ['pip', ...install, '--python', python, '--only-binary=:all:', '--requirement', requirements],
    { env: { ...uvEnvironment(told.stdout), ...env } },
  );
  return installed.code === 0;
}

/**
 * What uv is to be told for it to look where pip would.
 * @param {string} config what `pip config list` prints, as in `global.index-url='https://…'`
 * @returns {Record<string, string>}
 */
export function uvEnvironment(config) {
  // Like pip, and as hashes make safe, it takes what is pinned from any index that has it.
  /** @type {Record<string, string>} */
  const found = { UV_INDEX_STRATEGY: 'unsafe-best-match', UV_PYTHON_DOWNLOADS: 'never' };
  for (const [, option, value] of config.matchAll(/^[^\n=]*\.([a-z-]+)='(.*)'$/gm)) {
    const variable = variables[option];
    const separator = option === 'find-links' ? ',' : ' ';
    if (variable) found[variable] = value.replaceAll('\\n', ' ').trim().split(/\s+/).join(separator);
  }
  return found;
}
