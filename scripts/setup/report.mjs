// @ts-check
// One line per step, with the seconds it took.

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
  const clear = live ? '\r\u001b[2K' : '';
  return {
    async step(name, work, describe = () => '', isGood = () => true) {
      const start = Date.now();
      if (live) stream.write(`  ${name} …`);
      try {
        const result = await work();
        const text = describe(result);
        stream.write(text === undefined ? clear : `${clear}${line(isGood(result) ? '✓' : '✗', name, text, start)}\n`);
        return result;
      } catch (error) {
        stream.write(`${clear}${line('✗', name, 'failed', start)}\n`);
        throw error;
      }
    },
    note(text) {
      stream.write(`${clear}${text}\n`);
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
