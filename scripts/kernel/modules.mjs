// @ts-check
// Run time: a notebook in any folder can import what this repository has installed.
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';

/**
 * @typedef {{ exports: object, require: (id: string) => unknown }} OwnNames what generated code exports to and imports
 * with
 */

/** Packages that come from this repository even if the notebook's folder has its own: there must be one `tf`. */
export const ownPackages = /^(naive-diffusion|@tensorflow\/.+|canvas|tslab)$/;

/**
 * @param {string} specifier
 * @returns {string | undefined} 'a' of 'a/b', '@a/b' of '@a/b/c'
 */
export function packageName(specifier) {
  return /^(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(specifier)?.[1];
}

/**
 * @param {string} dir
 * @returns {string[]} the folder and all folders above it
 */
export function upwards(dir) {
  const parent = path.dirname(dir);
  return parent === dir ? [dir] : [dir, ...upwards(parent)];
}

/**
 * Makes `require` look into the repository for packages that are not installed at the notebook.
 * @param {string} root
 */
export function installFallback(root) {
  const loader = /** @type {any} */ (Module);
  const resolve = loader._resolveFilename;
  const paths = [root];
  loader._resolveFilename = function (
    /** @type {string} */ request,
    /** @type {any} */ parent,
    /** @type {boolean} */ isMain,
    /** @type {any} */ options,
  ) {
    const name = packageName(request);
    if (!name || options?.paths || Module.isBuiltin(request))
      return resolve.call(this, request, parent, isMain, options);
    const fromPackage = String(parent?.filename ?? '')
      .split(path.sep)
      .includes('node_modules');
    if (ownPackages.test(name) && !fromPackage) return resolve.call(this, request, parent, isMain, { paths });
    try {
      return resolve.call(this, request, parent, isMain, options);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
      try {
        return resolve.call(this, request, parent, isMain, { paths });
      } catch {
        throw error;
      }
    }
  };
}

/**
 * The `require` of cells: files beside the notebook are TypeScript that the compiler has just translated.
 * @param {string} dir the notebook's folder
 * @param {(file: string, code: string) => (own: OwnNames, ...nodes: unknown[]) => void} wrap
 */
export function createCellRequire(dir, wrap) {
  /** @type {Map<string, string>} */
  const sources = new Map();
  /** @type {Map<string, NodeModule>} */
  const loaded = new Map();
  return { require: requireFrom(Module.createRequire(path.join(dir, 'cell.js')), dir), update };

  /** @param {{ path: string, data: string }[]} modules */
  function update(modules) {
    if (modules.length) loaded.clear(); // whoever imports a changed file must see the change
    for (const { path: file, data } of modules) sources.set(file, data);
  }

  /**
   * @param {NodeJS.Require} fallback
   * @param {string} from
   * @returns {(id: string) => unknown}
   */
  function requireFrom(fallback, from) {
    return (id) => {
      const file = path.resolve(from, /\.js$/.test(id) ? id : `${id.replace(/\.(ts|tsx|jsx)$/, '')}.js`);
      const source = sources.get(file);
      if (source === undefined) return isLocalJson(id) ? readJson(path.resolve(from, id)) : fallback(id);
      const known = loaded.get(file);
      if (known) return known.exports;
      const made = /** @type {any} */ (new Module(file));
      made.filename = file;
      made.paths = /** @type {any} */ (Module)._nodeModulePaths(path.dirname(file));
      made.require = requireFrom(Module.createRequire(file), path.dirname(file));
      loaded.set(file, made);
      try {
        const own = { exports: made.exports, require: made.require };
        wrap(file, source)(own, made.exports, made.require, made, file, path.dirname(file));
      } catch (error) {
        loaded.delete(file);
        throw error;
      }
      return made.exports;
    };
  }
}

/** @param {string} id */
function isLocalJson(id) {
  return /^\.{0,2}\//.test(id) && id.endsWith('.json');
}

/**
 * Read anew each time: Node keeps what it has once read, and the reader may have edited the file.
 * @param {string} file
 */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}
