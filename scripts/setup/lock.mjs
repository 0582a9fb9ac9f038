// @ts-check
// One set-up at a time: a second one waits for the first, and for the programs that a killed one has left running.
import { appendFileSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchChildren } from './command.mjs';
import { isRunning, processName } from './processes.mjs';

/**
 * Runs `work` while holding the lock; whoever was killed while holding it no longer counts.
 * @template T
 * @param {string} file lists the process that holds the lock, and the programs that it has started
 * @param {() => Promise<T>} work
 * @param {(holder: number) => void} [waiting] called once if another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, work, waiting = () => {}) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) waiting(holder);
    told = true;
    await sleep(200);
  }
  const unwatch = watchChildren((pid) => appendFileSync(file, `\n${processName(pid)}`));
  try {
    return await work();
  } finally {
    unwatch();
    rmSync(file, { force: true });
  }
}

/**
 * Makes the lock, with its holder inside from the first moment: a link to a file already written.
 * @param {string} file
 */
function take(file) {
  const own = `${file}.${process.pid}.tmp`;
  writeFileSync(own, processName(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * A process because of which the lock still counts.
 * @param {string} file
 * @returns {number | undefined}
 */
function holderOf(file) {
  try {
    const name = readFileSync(file, 'utf8').split('\n').find(isRunning);
    return name === undefined ? undefined : Number.parseInt(name, 10);
  } catch {
    return undefined;
  }
}
