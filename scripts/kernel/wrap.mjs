// @ts-check
// The function around a cell, or around a file beside the notebook, that gives it its names.
import vm from 'node:vm';
import { ownNames } from './transpile.mjs'; // their order is that of the arguments below

/**
 * Makes functions of code. Node's names (`exports`, `require`, …) lie outside the innermost function, so that the code
 * may define them anew; what generated code uses has names of its own.
 * @param {(file: string) => object} guardsOf
 */
export function createWrap(guardsOf) {
  /**
   * @param {string} file the name under which errors know the code
   * @param {string} code JavaScript
   * @param {boolean} [awaits] whether the code awaits outside of functions
   * @returns {(own: import('./modules.mjs').OwnNames, ...nodes: unknown[]) => unknown} `nodes` are the values of
   * Node's names
   * @throws {SyntaxError}
   */
  return (file, code, awaits = false) => {
    const names = ['__tslab__', ...Object.values(ownNames), 'exports', 'require', 'module', '__filename', '__dirname'];
    const inner = `return (${awaits ? 'async ' : ''}function () {\n${code}\n})();`;
    const script = new vm.Script(`(function (${names.join(', ')}) { ${inner} })`, { filename: file, lineOffset: -1 });
    const start = script.runInThisContext();
    return (own, ...nodes) => start(guardsOf(file), own.exports, own.require, Object, Promise, ...nodes);
  };
}
