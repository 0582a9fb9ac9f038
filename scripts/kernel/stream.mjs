// @ts-check
// What cells print. Gathered for a moment: thousands of lines are a few messages, and still appear while a cell runs.
import { TextDecoder } from 'node:util';

const GATHER_MS = 40;
const GATHER_LENGTH = 60_000;

/** @param {(name: 'stdout' | 'stderr', text: string) => void} send */
export function createStream(send) {
  /** @type {'stdout' | 'stderr'} */
  let name = 'stdout';
  let text = '';
  let sent = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  return { capture, flush };

  /** From now on all output of this process goes to the notebook. */
  function capture() {
    process.stdout.write = writer('stdout');
    process.stderr.write = writer('stderr');
  }

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (!text) return;
    const full = text;
    text = '';
    sent = Date.now();
    send(name, full);
  }

  /**
   * @param {'stdout' | 'stderr'} to
   * @returns {any}
   */
  function writer(to) {
    const decoder = new TextDecoder();
    return (/** @type {string | Uint8Array} */ chunk, /** @type {any} */ encoding, /** @type {any} */ callback) => {
      if (to !== name) flush();
      name = to;
      text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      // Within one long tick no timer fires: look at the clock as well.
      if (text.length > GATHER_LENGTH || Date.now() - sent > GATHER_MS) flush();
      else timer ??= setTimeout(flush, GATHER_MS);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  }
}
