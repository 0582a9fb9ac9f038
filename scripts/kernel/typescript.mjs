// @ts-check
// The compiler inside tslab, with other options and without three of its faults.
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { ownPackages, packageName, upwards } from './modules.mjs';

/**
 * What is known of a piece of generated code: is there an await outside functions, and where does a place come from?
 * @typedef {{ awaits: boolean, line: (line: number, column: number) => number | undefined }} Generated lines and
 * columns from 0
 */

/** @type {Map<string, Generated>} */
const generated = new Map();

/**
 * Takes what is known of code that tslab's converter has just returned.
 * @param {string} output
 * @returns {Generated}
 */
export function takeGenerated(output) {
  const found = generated.get(output);
  generated.delete(output);
  return found ?? { awaits: false, line: () => undefined };
}

/**
 * Replaces functions of tslab's own TypeScript. Must run before tslab's converter is loaded.
 * @param {import('./tslab.mjs').Tslab} tslab
 * @param {string} root the folder whose packages every notebook may import
 */
export function repairTypeScript(tslab, root) {
  const file = tslab.require.resolve('@tslab/typescript-for-tslab');
  const ts = tslab.require(file);
  const repaired = {
    ...ts,
    createWatchCompilerHost: (/** @type {any} */ files, /** @type {any} */ options, /** @type {any[]} */ ...rest) => {
      const host = ts.createWatchCompilerHost(files, { ...options, ...compilerOptions(ts, root) }, ...rest);
      separateTimers(host);
      lendPackages(host, root);
      return host;
    },
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

/**
 * tslab's last step, from ES modules to CommonJS: makes the cell stoppable and remembers where lines came from.
 * @param {any} ts @param {string} code @param {any} options
 */
function transpile(ts, code, options) {
  const inline = /\n\/\/# sourceMappingURL=data:application\/json;base64,(.*)\s*$/.exec(code);
  if (!inline) return ts.transpileModule(code, options);
  const found = { awaits: false };
  const result = ts.transpileModule(code.slice(0, inline.index), {
    ...options,
    compilerOptions: { ...options.compilerOptions, sourceMap: true },
    transformers: { before: [guardCell(ts, found)] },
  });
  const outputText = result.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
  const outer = new SourceMap(JSON.parse(result.sourceMapText));
  const lines = outputText.split('\n').length;
  const inner = new SourceMap(JSON.parse(Buffer.from(inline[1] ?? '', 'base64').toString()));
  generated.set(outputText, {
    awaits: found.awaits,
    line(line, column) {
      const middle = line < lines ? originalOf(outer, line, column) : undefined;
      return middle && originalOf(inner, middle.line, middle.column)?.line;
    },
  });
  return { ...result, outputText };
}

/**
 * @param {import('node:module').SourceMap} map
 * @param {number} line @param {number} column both from 0
 * @returns {{ line: number, column: number } | undefined} both from 0
 */
function originalOf(map, line, column) {
  const entry = map.findEntry(line, column);
  return 'originalLine' in entry ? { line: entry.originalLine, column: entry.originalColumn } : undefined;
}

/**
 * `await x` becomes `await __tslab__.guard(x)`, `for await (… of x)` becomes `for await (… of __tslab__.guardEach(x))`,
 * and the body of every loop begins with `__tslab__.check()`.
 * @param {any} ts
 * @param {{ awaits: boolean }} found set when an await stands outside all functions
 */
function guardCell(ts, found) {
  const call = (/** @type {string} */ name, /** @type {any} */ argument = undefined) =>
    ts.factory.createCallExpression(
      ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier('__tslab__'), name),
      undefined,
      argument ? [argument] : [],
    );
  const checked = (/** @type {any} */ body) =>
    ts.factory.createBlock([ts.factory.createExpressionStatement(call('check')), body]);
  return (/** @type {any} */ context) => {
    const visit = (/** @type {any} */ node, /** @type {boolean} */ top) => {
      const inner = top && !ts.isFunctionLike(node) && !ts.isClassStaticBlockDeclaration(node);
      const visited = ts.visitEachChild(node, (/** @type {any} */ child) => visit(child, inner), context);
      if (ts.isAwaitExpression(visited)) {
        found.awaits ||= inner;
        return ts.factory.updateAwaitExpression(visited, call('guard', visited.expression));
      }
      if (ts.isForOfStatement(visited)) {
        const { awaitModifier, initializer, expression, statement } = visited;
        if (awaitModifier) found.awaits ||= inner;
        return ts.factory.updateForOfStatement(
          visited,
          awaitModifier,
          initializer,
          awaitModifier ? call('guardEach', expression) : expression,
          checked(statement),
        );
      }
      const { expression, statement } = visited;
      if (ts.isWhileStatement(visited)) return ts.factory.updateWhileStatement(visited, expression, checked(statement));
      if (ts.isDoStatement(visited)) return ts.factory.updateDoStatement(visited, checked(statement), expression);
      if (ts.isForInStatement(visited))
        return ts.factory.updateForInStatement(visited, visited.initializer, expression, checked(statement));
      if (ts.isForStatement(visited))
        return ts.factory.updateForStatement(
          visited,
          visited.initializer,
          visited.condition,
          visited.incrementor,
          checked(statement),
        );
      return visited;
    };
    return (/** @type {any} */ file) => visit(file, true);
  };
}
