// @ts-check
// Finds tslab. The repairs lean on internals of exactly one version.
import Module from 'node:module';
import path from 'node:path';

const VERSION = '1.0.22';
export const root = path.resolve(import.meta.dirname, '..', '..');

/**
 * @typedef {object} Tslab
 * @property {NodeJS.Require} require loads from tslab's own folder
 * @property {string} dist that folder
 */

/** @returns {Tslab} */
export function loadTslab() {
  const local = Module.createRequire(path.join(root, 'package.json'));
  let manifest;
  try {
    manifest = local.resolve('tslab/package.json');
  } catch {
    throw new Error('The package tslab is not installed. Remedy: run `npm start` or `npm ci` in the repository.');
  }
  const { version } = local(manifest);
  if (version !== VERSION) {
    throw new Error(
      `The kernel repairs tslab ${VERSION} and was given ${version}. Remedy: npm install --save-exact tslab@${VERSION}`,
    );
  }
  const dist = path.join(path.dirname(manifest), 'dist');
  return { require: Module.createRequire(path.join(dist, 'main.js')), dist };
}
