// @ts-check
// The compiler inside tslab, with other options and without some of its faults.
import fs from 'node:fs';
import path from 'node:path';
import { diagnosticsOf, emitAlways } from './declarations.mjs';
import { ownPackages, packageName, upwards } from './modules.mjs';
import { ownNames, transpile } from './transpile.mjs';
import { createWatching } from './watching.mjs';

/**
 * Replaces functions of tslab's own TypeScript. Must run before tslab's converter is loaded.
 * @param {import('./tslab.mjs').Tslab} tslab
 * @param {string} root the folder whose packages every notebook may import
 */
export function repairTypeScript(tslab, root) {
  const file = tslab.require.resolve('@tslab/typescript-for-tslab');
  const ts = tslab.require(file);
  const watching = createWatching(ts);
  const repaired = {
    ...ts,
    sys: Object.assign(Object.create(ts.sys), watching),
    factory: {
      ...ts.factory,
      createIdentifier: (/** @type {string} */ name) => ts.factory.createIdentifier(ownNames[name] ?? name),
    },
    createWatchCompilerHost: (
      /** @type {any} */ files,
      /** @type {any} */ options,
      /** @type {any} */ system,
      /** @type {any} */ _create,
      /** @type {any[]} */ ...rest
    ) => {
      const create = (/** @type {any[]} */ ...program) =>
        emitAlways(ts, ts.createEmitAndSemanticDiagnosticsBuilderProgram(...program));
      const all = { ...options, ...compilerOptions(ts, root) };
      exportByName(system);
      const host = ts.createWatchCompilerHost(files, all, system, create, ...rest);
      separateTimers(host);
      lendPackages(host, root);
      return host;
    },
    getPreEmitDiagnostics: (/** @type {any} */ program, /** @type {any} */ file) => diagnosticsOf(ts, program, [file]),
    getPreEmitDiagnosticsOfFiles: (/** @type {any} */ program, /** @type {any[]} */ files) =>
      diagnosticsOf(ts, program, files),
    transpileModule: (/** @type {string} */ code, /** @type {any} */ options) => transpile(ts, code, options),
  };
  const cached = /** @type {NodeModule} */ (tslab.require.cache[file]);
  cached.exports = repaired;
  return repaired;
}

/**
 * How cells are compiled, as far as it differs from tslab's own choice.
 * @param {any} ts
 * @param {string} root
 */
export function compilerOptions(ts, root) {
  return {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    moduleResolution: ts.ModuleResolutionKind.Bundler, // reads the `exports` maps of packages
    typeRoots: [path.join(root, 'node_modules', '@types')],
    types: ['node'],
    // TypeScript's own top-level await: tslab's substitute takes `await (x)` for a call and refuses `for await`.
    disableTopLevelAwait: false,
    inlineSourceMap: true,
  };
}

/**
 * tslab exports a cell's names as the compiler keeps them: with one `_` more, if they begin with two. Here it is taken
 * off again.
 * @param {any} system
 */
function exportByName(system) {
  const { readFile } = system;
  system.readFile = (/** @type {string} */ file, /** @type {unknown[]} */ ...rest) => {
    const text = readFile(file, ...rest);
    if (path.basename(file) !== '__tslab__.ts') return text;
    return text?.replace(/\nexport \{[^{}]*\}$/, (/** @type {string} */ names) =>
      names.replace(/(?<=[{ ])_(?=__)/g, ''),
    );
  };
}

/**
 * tslab gives the compiler one timer, for "rebuild". The compiler's second timer, which looks again for files that
 * were missing, then makes every later cell fail: it gets a real timer of its own.
 * @param {any} host
 */
function separateTimers(host) {
  const own = new Set();
  const { setTimeout: setRebuild, clearTimeout: clearRebuild } = host;
  host.setTimeout = (
    /** @type {(...a: unknown[]) => void} */ callback,
    /** @type {number} */ ms,
    /** @type {unknown[]} */ ...rest
  ) => {
    if (callback.name !== 'invalidateResolutionsOfFailedLookup') return setRebuild(callback, ms, ...rest);
    const timer = setTimeout(() => {
      own.delete(timer);
      callback(...rest);
    }, ms);
    own.add(timer);
    return timer;
  };
  host.clearTimeout = (/** @type {any} */ timer) => {
    if (own.delete(timer)) clearTimeout(timer);
    else clearRebuild(timer);
  };
}

/**
 * Shows the compiler the packages of the repository as if they were installed beside the notebook, in the same
 * order in which modules.mjs finds them at run time.
 * @param {any} host
 * @param {string} root
 */
function lendPackages(host, root) {
  const cwd = host.getCurrentDirectory();
  const here = path.posix.join(cwd, 'node_modules') + '/';
  const there = path.posix.join(root, 'node_modules') + '/';
  if (here === there) return;
  const lend = (/** @type {string} */ file) => {
    if (!file.startsWith(here)) return file;
    const name = packageName(file.slice(here.length));
    const installed =
      name &&
      !ownPackages.test(name) &&
      upwards(cwd).some((dir) => fs.existsSync(path.join(dir, 'node_modules', name)));
    return installed ? file : there + file.slice(here.length);
  };
  for (const method of ['fileExists', 'readFile', 'directoryExists', 'getDirectories', 'realpath']) {
    const original = host[method]?.bind(host);
    if (original)
      host[method] = (/** @type {string} */ file, /** @type {unknown[]} */ ...rest) => original(lend(file), ...rest);
  }
  const { directoryExists } = host;
  host.directoryExists = (/** @type {string} */ dir) => dir + '/' === here || directoryExists(dir);
}
