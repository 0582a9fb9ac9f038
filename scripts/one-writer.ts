import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { Mistake } from './command-line.ts';
import { parseJson } from './read-json.ts';
import { isRunning, processName } from './setup/processes.mjs';

/** Who writes into a folder. */
const Holder = v.object({
  /** The number of the process, and when it started, so that no later process is taken for it. */
  process: v.pipe(v.string(), v.regex(/^\d+@/)),
  host: v.string(),
  since: v.string(),
});
type Holder = v.InferOutput<typeof Holder>;

/** A folder that this process alone writes to, until it ends. */
export interface Hold {
  /** Throws if another process has come to write to the folder: to be called before a file is replaced. */
  check(): void;
  /** Lets others write. */
  release(): void;
}

/**
 * Makes this process the only one that writes to a folder, which is made where it lacks, and clears away what writers
 * that were killed have left half-written.
 * @param caller what errors begin with
 * @throws {Mistake} naming the process that writes there, and since when
 */
export function holdFolder(caller: string, folder: string): Hold {
  mkdirSync(folder, { recursive: true });
  const lock = path.join(folder, 'writer.lock');
  const own: Holder = { process: processName(process.pid), host: os.hostname(), since: new Date().toISOString() };
  const text = JSON.stringify(own);
  while (!take(lock, text)) {
    const found = readIfThere(lock);
    if (found === undefined) continue;
    const holder = understand(found, lock);
    if (holder && counts(holder)) {
      const [pid] = holder.process.split('@');
      throw new Mistake(
        `${caller}: ${folder} is being written by process ${pid} on ${holder.host}, since ${holder.since}; ` +
          `end that one (kill ${pid}), or let this one write elsewhere (--out)`,
      );
    }
    clear(lock, found);
  }
  removeUnfinished(folder);
  const release = () => {
    if (readIfThere(lock) === text) rmSync(lock, { force: true });
  };
  process.once('exit', release);
  return {
    check() {
      if (readIfThere(lock) !== text)
        throw new Error(`${caller}: ${lock} is no longer this process's: another one writes`);
    },
    release() {
      process.removeListener('exit', release);
      release();
    },
  };
}

/**
 * Waits until no other process writes to a folder, but no longer than so many seconds: one that has been told to end
 * may still be at its last step.
 */
export async function waitForWriter(folder: string, seconds: number): Promise<void> {
  const lock = path.join(folder, 'writer.lock');
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(200)) {
    const found = readIfThere(lock);
    const holder = found === undefined ? undefined : understand(found, lock);
    if (!holder || !counts(holder)) return;
  }
}

/** Whether the holder may still be at work. What runs on another machine cannot be seen from here. */
function counts({ process: name, host }: Holder): boolean {
  return host !== os.hostname() || isRunning(name);
}

/** Makes the lock, with its holder inside from the first moment: a link to a file already written. */
function take(lock: string, text: string): boolean {
  const own = `${lock}.${process.pid}.tmp`;
  writeFileSync(own, text);
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes a lock away whose holder is dead; one that has taken its place in the meantime is put back. */
function clear(lock: string, stale: string): void {
  const aside = `${lock}.${process.pid}.stale.tmp`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another process was quicker
    throw error;
  }
  try {
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, lock);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Removes the temporary files of writers that are no more: `NAME.PID.tmp` beside NAME. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/\.(\d+)(?:\.stale)?\.tmp$/.exec(name)?.[1] ?? 0);
    if (pid > 0 && !isRunning(processName(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

function understand(text: string, lock: string): Holder | undefined {
  try {
    return parseJson(text, Holder, lock);
  } catch {
    return undefined; // half a file: its writer did not live to finish it
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
