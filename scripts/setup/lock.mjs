// @ts-check
// One set-up at a time: a second one waits for the first, and for the programs that a killed one has left running.
//
// The lock is a folder of numbered files, one for each set-up that has held it; the highest is the one that counts. It
// is taken by making the next number, which only one process can. A lock whose holder is dead is not removed but
// surpassed: between looking at a file and removing it, it might have become another's.
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchChildren } from './command.mjs';
import { isRunning, processName } from './processes.mjs';

/**
 * Runs `work` while holding the lock; whoever was killed while holding it no longer counts.
 * @template T
 * @param {string} folder its files list the process that holds the lock, and the programs that it has started
 * @param {() => Promise<T>} work
 * @param {(holder: number) => void} [waiting] called once if another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, waiting = () => {}) {
  if (statSync(folder, { throwIfNoEntry: false })?.isFile()) rmSync(folder); // as earlier versions made it
  let told = false;
  let file = take(folder);
  while (typeof file === 'number') {
    if (file > 0 && !told) waiting(file);
    told ||= file > 0;
    await sleep(file > 0 ? 200 : 0);
    file = take(folder);
  }
  const held = file;
  const unwatch = watchChildren((pid) => appendFileSync(held, `\n${processName(pid)}`));
  try {
    return await work();
  } finally {
    unwatch();
    if (existsSync(held)) writeFileSync(held, ''); // held by nobody; it stays, so that its number is not made again
  }
}

/**
 * Takes the lock unless somebody has it.
 * @param {string} folder
 * @returns {string | number} its file; or the process that has it, 0 if another one has just been faster
 */
function take(folder) {
  mkdirSync(folder, { recursive: true });
  const highest = highestOf(folder);
  const holder = holderOf(join(folder, String(highest)));
  if (holder !== undefined) return holder;
  const next = join(folder, String(highest + 1));
  // With its holder inside from the first moment: a link to a file already written.
  const own = join(folder, `${randomUUID()}.tmp`);
  writeFileSync(own, processName(process.pid));
  try {
    linkSync(own, next);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return 0;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
  if (highestOf(folder) > highest + 1) {
    // While this process slept, others have come and gone, and removed the number that it then made.
    rmSync(next, { force: true });
    return 0;
  }
  for (const number of numbersIn(folder)) if (number <= highest) rmSync(join(folder, String(number)), { force: true });
  return next;
}

/** @param {string} folder */
function numbersIn(folder) {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** @param {string} folder */
function highestOf(folder) {
  return Math.max(0, ...numbersIn(folder));
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
