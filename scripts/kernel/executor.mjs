// @ts-check
// Runs cells, one after the other, and stops them.
import path from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createCompiler } from './compile.mjs';
import { createFailures } from './failure.mjs';
import { Interrupted, createGuard } from './guard.mjs';
import { createCellRequire } from './modules.mjs';
import { print } from './print.mjs';
import { createWrap } from './wrap.mjs';

/** A loop of the library that hears a stop is given this long to end its step; a second stop does not wait. */
const STEP_MS = 15_000;
/** After that the cell's own clean-up (`finally`) has this long before the cell is given up. */
const CLEANUP_MS = 2_000;

/** @typedef {{ stopped: boolean, giveUp: () => void }} Running */

/**
 * @param {import('./tslab.mjs').Tslab} tslab
 * @param {string} root
 */
export function createExecutor(tslab, root) {
  const compiler = createCompiler(tslab);
  const { presses, isNewPress, newCell, activeLoops, check, guardsOf, sitesOf, stop } = createGuard();
  const failures = createFailures(root, sitesOf);
  const wrap = createWrap(guardsOf);
  const modules = createCellRequire(process.cwd(), wrap);
  const exported = createExports();
  let declarations = '';
  /** @type {Running | undefined} */
  let running;
  process.on('SIGINT', () => void interrupt());
  process.on(
    'unhandledRejection',
    (reason) => void report('Unhandled rejection (a promise that nothing awaits)', reason),
  );
  process.on('uncaughtException', (error) => void report('Uncaught exception', error));

  return {
    execute,
    presses,
    /** The stop button: listeners of SIGINT hear it, too, be it pressed here or sent as a signal. */
    press: () => {
      if (isNewPress()) process.emit('SIGINT');
    },
    inspect: (/** @type {string} */ code, /** @type {number} */ position) =>
      compiler.inspect(declarations, code, position),
    complete: (/** @type {string} */ code, /** @type {number} */ position) =>
      compiler.complete(declarations, code, position),
    close: () => compiler.close(),
  };

  /**
   * Runs a cell to its end, prints the value of its last expression, and says what went wrong, if anything.
   * @param {string} code @param {number} count the number in the cell's brackets
   * @returns {Promise<import('./failure.mjs').Failure | undefined>}
   */
  async function execute(code, count) {
    try {
      const cell = compiler.compile(declarations, code);
      modules.update(cell.modules);
      for (const file of cell.modules)
        failures.addSource(file.path, {
          name: path.relative(process.cwd(), file.path).replace(/\.js$/, ''),
          lineOf: file.lineOf,
        });
      if (cell.complaints.length) return failures.fromComplaints(cell.complaints, code);
      const filename = `[cell ${count}]`;
      failures.addSource(filename, { name: `cell ${count}`, code, isCell: true, lineOf: cell.lineOf });
      const start = wrap(filename, cell.output ?? '', cell.awaits); // throws if Node cannot read the cell
      // Before the cell runs: what it defines up to an error, or up to a stop, is there for the next cells.
      declarations = cell.declarations ?? '';
      newCell();
      await run(start, cell.awaits);
      if (cell.lastExpression) await print(exported.take(cell.lastExpression));
      return undefined;
    } catch (error) {
      return failures.fromError(error);
    } finally {
      running = undefined;
      await nextTurn(); // an unhandled rejection is reported in its own cell
    }
  }

  /**
   * @param {ReturnType<typeof wrap>} start
   * @param {boolean} awaits
   */
  async function run(start, awaits) {
    /** @type {Promise<never>} */
    const givenUp = new Promise((_, reject) => {
      running = { stopped: false, giveUp: () => reject(new Interrupted()) };
    });
    givenUp.catch(() => {});
    const own = { exports: exported.proxy, require: modules.require };
    const folder = process.cwd();
    const result = start(own, exported.proxy, modules.require, { exports: exported.proxy }, `${folder}/cell`, folder);
    if (awaits) await Promise.race([result, givenUp]);
    check(); // stop was pressed during one long call, and the cell had no further place to hear of it
  }

  /** Stops the running cell: loops of the library first end their step, then the cell's own waiting is over. */
  async function interrupt() {
    const cell = running;
    if (!cell) return;
    const again = cell.stopped;
    cell.stopped = true;
    if (!again && activeLoops() > 0) {
      const end = Date.now() + STEP_MS;
      while (running === cell && activeLoops() > 0 && Date.now() < end) await sleep(10);
      if (activeLoops() === 0) {
        // the loop has told the cell, which may catch that and go on to show what it has
        cell.stopped = false;
        return;
      }
    }
    while (running === cell) {
      const end = Date.now() + CLEANUP_MS;
      stop();
      while (running === cell && Date.now() < end) await sleep(10);
      if (running === cell) cell.giveUp();
      await sleep(0);
    }
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  function report(what, error) {
    if (isStop(error)) return; // what a stopped cell leaves behind
    process.stderr.write(`${what}: ${failures.fromError(error).traceback.join('\n')}\n`);
  }
}

/** What cells export is what later cells see; a later cell may define the same name again. */
function createExports() {
  /** @type {Record<PropertyKey, unknown>} */
  const values = {};
  return {
    proxy: new Proxy(values, {
      defineProperty(_target, name, attributes) {
        if (name !== '__esModule') values[name] = attributes.get ? attributes.get() : attributes.value;
        return true;
      },
    }),
    take(/** @type {string} */ name) {
      const value = values[name];
      delete values[name];
      return value;
    },
  };
}

/** @param {unknown} error */
function isStop(error) {
  try {
    return error instanceof Error && error.name === 'Interrupted';
  } catch {
    return false; // it does not even let itself be looked at
  }
}
