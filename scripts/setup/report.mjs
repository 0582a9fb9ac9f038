// @ts-check
// One line per step, with the seconds it took. Steps may go on side by side.

/**
 * @typedef {object} Report
 * @property {<T>(name: string, work: () => Promise<T> | T, describe?: (result: T) => string | undefined, isGood?:
 * (result: T) => boolean) => Promise<T>} step
 *   runs a step and prints its line; `describe` returns what to add to the name, or undefined to print no line
 * @property {(text: string) => void} note prints a line of its own
 */

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean }} [stream] where the lines go
 * @returns {Report}
 */
export function report(stream = process.stdout) {
  const live = Boolean(stream.isTTY);
  /** @type {Set<{ name: string }>} the steps that go on now */
  const running = new Set();
  const say = (/** @type {string} */ text) => {
    if (!live) return stream.write(text);
    const names = [...running].map(({ name }) => name).join(', ');
    return stream.write(`\r\u001b[2K${text}${names && `  ${names} …`}`);
  };
  return {
    async step(name, work, describe = () => '', isGood = () => true) {
      const start = Date.now();
      const step = { name };
      running.add(step);
      if (live) say('');
      try {
        const result = await work();
        running.delete(step);
        const text = describe(result);
        if (live || text !== undefined)
          say(text === undefined ? '' : `${line(isGood(result) ? '✓' : '✗', name, text, start)}\n`);
        return result;
      } catch (error) {
        running.delete(step);
        say(`${line('✗', name, 'failed', start)}\n`);
        throw error;
      }
    },
    note(text) {
      say(`${text}\n`);
    },
  };
}

/**
 * @param {string} sign
 * @param {string} name
 * @param {string} text
 * @param {number} start
 */
function line(sign, name, text, start) {
  const seconds = `${((Date.now() - start) / 1000).toFixed(1)} s`;
  return `${sign} ${name.padEnd(22)} ${text.padEnd(44)} ${seconds.padStart(8)}`;
}
