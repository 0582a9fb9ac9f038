// @ts-check
// Every await of a cell passes through here, so that a stop ends the cell where it waits.
/** The error of a cell that was stopped. The library's error of the same name says that one of its loops has ended. */
export class Interrupted extends Error {
  constructor() {
    super('The cell was stopped.');
    this.name = 'Interrupted';
  }
}

export function createGuard() {
  /** @type {Set<(error: Error) => void>} */
  const waiting = new Set();
  return { guard, guardEach, stop };

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
        (result) => { waiting.delete(reject); resolve(result); },
        (error) => { waiting.delete(reject); reject(error); },
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
  return (typeof value === 'object' || typeof value === 'function') && value !== null && typeof (/** @type {any} */ (value).then) === 'function';
}
