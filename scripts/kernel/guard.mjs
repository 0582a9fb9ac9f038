// @ts-check
// Every await and every turn of a loop in a cell passes through here, so that a stop ends the cell where it is.

/** So many awaits of an error are remembered. */
const MAX_SITES = 20;

/** The error of a cell that was stopped. The library's error of the same name says that one of its loops has ended. */
export class Interrupted extends Error {
  constructor() {
    super('The cell was stopped.');
    this.name = 'Interrupted';
  }
}

/** @returns {Set<object>} the library's loops that listen for a stop themselves */
function listeningLoops() {
  return /** @type {any} */ (globalThis)[Symbol.for('naive-diffusion.loops')]?.listening ?? new Set();
}

/** @typedef {{ file: string, line: number }} Site an await: the file name under which its code runs, its line from 0 */

export function createGuard() {
  /** Counted up by the thread that hears the stop button. */
  const presses = new Int32Array(new SharedArrayBuffer(4));
  /** How many of them have had their effect. */
  let heard = 0;
  let arrived = 0;
  /** @type {Set<(error: Error) => void>} */
  const waiting = new Set();
  /** @type {WeakMap<object, Site[]>} */
  const sites = new WeakMap();
  /** @type {WeakSet<object>} */
  let earlier = new WeakSet();
  return { presses, isNewPress, newCell, activeLoops, check, guardsOf, sitesOf, stop };

  /** Loops that were begun before this cell, and perhaps dropped, are none that a stop has to wait for. */
  function newCell() {
    earlier = new WeakSet(listeningLoops());
  }

  /** How many loops of this cell listen for a stop themselves. */
  function activeLoops() {
    let count = 0;
    for (const loop of listeningLoops()) if (!earlier.has(loop)) count++;
    return count;
  }

  /**
   * What the code of one file calls.
   * @param {string} file
   */
  function guardsOf(file) {
    return {
      check,
      guard: (/** @type {unknown} */ value, /** @type {number} */ line) => guard(value, { file, line }),
      guardEach: (/** @type {any} */ iterable, /** @type {number} */ line) => guardEach(iterable, { file, line }),
    };
  }

  /**
   * The awaits that an error has come through, the innermost first: its stack ends at the first of them.
   * @param {object} error
   * @returns {readonly Site[]}
   */
  function sitesOf(error) {
    return sites.get(error) ?? [];
  }

  /**
   * @param {unknown} error
   * @param {Site} site
   */
  function remember(error, site) {
    if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return;
    const known = sites.get(error);
    if (!known) sites.set(error, [site]);
    else if (known.length < MAX_SITES) known.push(site);
  }

  /** Called once for each press when its message arrives here: false if a loop of a cell has seen it before. */
  function isNewPress() {
    if (++arrived <= heard) return false;
    heard = arrived;
    return true;
  }

  /**
   * At each turn of a cell's loop: throws after a stop. If a loop of the library runs, it ends its step; a second press
   * does not wait.
   */
  function check() {
    const pressed = presses[0] ?? 0; // a plain read: Atomics.load would cost a tight loop twice as much
    if (pressed === heard || (activeLoops() > 0 && pressed < heard + 2)) return;
    heard = pressed;
    throw new Interrupted();
  }

  /**
   * The same value, or `Interrupted` if the reader presses stop first.
   * @param {unknown} value
   * @param {Site} site
   * @returns {unknown}
   */
  function guard(value, site) {
    if (!isThenable(value)) return value;
    return new Promise((resolve, reject) => {
      const fail = (/** @type {unknown} */ error) => {
        waiting.delete(fail);
        remember(error, site);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever was thrown is passed on
        reject(error);
      };
      waiting.add(fail);
      value.then((result) => {
        waiting.delete(fail);
        resolve(result);
      }, fail);
    });
  }

  /**
   * The same for the iterable of a `for await`: after a stop the generator behind it is told to end, too.
   * @param {any} iterable
   * @param {Site} site
   */
  function guardEach(iterable, site) {
    const open = iterable?.[Symbol.asyncIterator];
    if (typeof open !== 'function') return iterable;
    return {
      [Symbol.asyncIterator]() {
        const iterator = open.call(iterable);
        return {
          async next() {
            try {
              return await guard(iterator.next(), site);
            } catch (error) {
              if (error instanceof Interrupted) Promise.resolve(iterator.return?.()).catch(() => {});
              throw error;
            }
          },
          ...(iterator.return && { return: (/** @type {unknown} */ value) => iterator.return(value) }),
        };
      },
    };
  }

  /** Ends all waiting. */
  function stop() {
    for (const fail of [...waiting]) fail(new Interrupted());
  }
}

/**
 * @param {unknown} value
 * @returns {value is PromiseLike<unknown>}
 */
function isThenable(value) {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (/** @type {any} */ (value).then) === 'function'
  );
}
