// @ts-check
// Every await and every turn of a loop in a cell passes through here, so that a stop ends the cell where it is.
/** The error of a cell that was stopped. The library's error of the same name says that one of its loops has ended. */
export class Interrupted extends Error {
  constructor() {
    super('The cell was stopped.');
    this.name = 'Interrupted';
  }
}

/** The library counts here the loops that listen for a stop themselves. */
export function activeLoops() {
  return /** @type {any} */ (globalThis)[Symbol.for('naive-diffusion.loops')]?.active ?? 0;
}

export function createGuard() {
  /** Counted up by the thread that hears the stop button. */
  const presses = new Int32Array(new SharedArrayBuffer(4));
  /** How many of them have had their effect. */
  let heard = 0;
  let arrived = 0;
  /** @type {Set<(error: Error) => void>} */
  const waiting = new Set();
  return { presses, isNewPress, check, guard, guardEach, stop };

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
   * @returns {unknown}
   */
  function guard(value) {
    if (!isThenable(value)) return value;
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      value.then(
        (result) => {
          waiting.delete(reject);
          resolve(result);
        },
        (error) => {
          waiting.delete(reject);
          reject(error); // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- the value's own
        },
      );
    });
  }

  /**
   * The same for the iterable of a `for await`: after a stop the generator behind it is told to end, too.
   * @param {any} iterable
   */
  function guardEach(iterable) {
    const open = iterable?.[Symbol.asyncIterator];
    if (typeof open !== 'function') return iterable;
    return {
      [Symbol.asyncIterator]() {
        const iterator = open.call(iterable);
        return {
          async next() {
            try {
              return await guard(iterator.next());
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
    const rejects = [...waiting];
    waiting.clear();
    for (const reject of rejects) reject(new Interrupted());
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
