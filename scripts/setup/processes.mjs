// @ts-check
// Processes that can be recognised later, even if the system has given their number to another one since.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A name for a process that no other process will have: its number and when it started.
 * @param {number} pid
 */
export function processName(pid) {
  return `${pid}@${startOf(pid) ?? ''}`;
}

/**
 * Whether the process of that name still runs.
 * @param {string} name
 */
export function isRunning(name) {
  const pid = Number.parseInt(name, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return name === processName(pid);
}

/**
 * When a process started, where the system shows it; 'ended' for one that has ended and is still listed.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * The process that has started this one, passing over the shell that npm puts in between.
 * @returns {number}
 */
export function starter() {
  let pid = process.ppid;
  while (pid > 1 && /^(ba|da|a|k|z)?sh$/.test(nameAndParent(pid).name)) pid = nameAndParent(pid).parent;
  return pid;
}

/**
 * The name of a process, and the number of the one that started it.
 * @param {number} pid
 */
function nameAndParent(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, name] = /^\s*(\d+)\s+(.*?)\s*$/.exec(stdout ?? '') ?? [];
  return { name: path.basename(name ?? ''), parent: Number(parent ?? 1) };
}
