// @ts-check
// Run time: a notebook in any folder can import what this repository has installed.
import Module from 'node:module';
import path from 'node:path';

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
 */
export function createCellRequire(dir) {
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
   * @param {(id: string) => unknown} fallback
   * @param {string} from
   * @returns {(id: string) => unknown}
   */
  function requireFrom(fallback, from) {
    return (id) => {
      const file = path.resolve(from, /\.js$/.test(id) ? id : `${id.replace(/\.(ts|tsx|jsx)$/, '')}.js`);
      const source = sources.get(file);
      if (source === undefined) return fallback(id);
      const known = loaded.get(file);
      if (known) return known.exports;
      const made = /** @type {any} */ (new Module(file));
      made.filename = file;
      made.paths = /** @type {any} */ (Module)._nodeModulePaths(path.dirname(file));
      const own = Module.createRequire(file);
      made.require = requireFrom(own, path.dirname(file));
      loaded.set(file, made);
      try {
        made._compile(source, file);
      } catch (error) {
        loaded.delete(file);
        throw error;
      }
      return made.exports;
    };
  }
}
