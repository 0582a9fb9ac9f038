// @ts-check
// node lock-worker.mjs MODULE LOCK FOLDER ROUNDS: takes the lock again and again, each time alone in the folder or it
// says so, and is killed while it holds the lock the last time. The lock's own steps are drawn out, as on a machine
// that does many things at once: whatever can come between two of them does.
import fs, { appendFileSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , module = '', lock = '', folder = '', rounds = ''] = process.argv;

let state = process.pid;
const clock = new Int32Array(new SharedArrayBuffer(4));
for (const name of /** @type {const} */ (['linkSync', 'readFileSync', 'readdirSync', 'rmSync'])) {
  const original = /** @type {any} */ (fs[name]);
  /** @type {any} */ (fs)[name] = (/** @type {unknown[]} */ ...given) => {
    state = (state * 48271) % 2147483647; // Park and Miller's generator
    Atomics.wait(clock, 0, 0, state % 30);
    return original(...given);
  };
}
syncBuiltinESMExports();
const { withLock } = await import(pathToFileURL(module).href);
const inside = join(folder, 'inside');
const counter = join(folder, 'counter');

for (let round = 1; round <= Number(rounds); round++) {
  await withLock(lock, async () => {
    try {
      closeSync(openSync(inside, 'wx'));
    } catch {
      appendFileSync(join(folder, 'overlaps'), `${process.pid}\n`);
    }
    const count = Number(readFileSync(counter, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 2));
    writeFileSync(counter, String(count + 1));
    rmSync(inside, { force: true });
    if (round === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  });
}
