import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { processName } from '../../scripts/setup/processes.mjs';
import { temporaryFolder } from './support.js';

const worker = join(import.meta.dirname, 'lock-worker.mjs');

/** A lock that lists these processes. */
function heldBy(...names: string[]): string {
  const folder = join(temporaryFolder(), 'lock');
  mkdirSync(folder);
  writeFileSync(join(folder, '1'), names.join('\n'));
  return folder;
}
/** What the highest file of a lock lists. */
function listed(folder: string): string[] {
  const highest = Math.max(...readdirSync(folder).map(Number));
  return readFileSync(join(folder, String(highest)), 'utf8').split('\n');
}
const sleeper = () => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)']);

it('the lock is held while the work goes on and is free after it, also when it fails', async () => {
  const folder = join(temporaryFolder(), 'lock');
  expect(await withLock(folder, async () => listed(folder))).toEqual([processName(process.pid)]);
  expect(listed(folder)).toEqual(['']);
  await expect(withLock(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(listed(folder)).toEqual(['']);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('whoever was killed while holding the lock no longer counts', async () => {
  const dead = sleeper();
  const folder = heldBy(processName(dead.pid!));
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  expect(await withLock(folder, async () => 'in')).toBe('in');
});

it('a second set-up waits for the first, and says so', async () => {
  const first = sleeper();
  const holders: number[] = [];
  const second = withLock(
    heldBy(processName(first.pid!)),
    async () => 'in',
    (holder) => {
      holders.push(holder);
      first.kill('SIGKILL');
    },
  );
  expect(await second).toBe('in');
  expect(holders).toEqual([first.pid]);
});

it('a process that has the number of a dead holder, but started later, does not count', async () => {
  expect(await withLock(heldBy(`${process.ppid}@1`), async () => 'in')).toBe('in');
});

it('the programs that a killed set-up has left running are waited for', async () => {
  const folder = join(temporaryFolder(), 'lock');
  const names = await withLock(folder, async () => {
    await command(process.execPath, ['-e', '']);
    return listed(folder);
  });
  expect(names).toHaveLength(2);
  const orphan = sleeper();
  const holders: number[] = [];
  await withLock(
    heldBy('99999999@1', processName(orphan.pid!)),
    async () => {},
    (holder) => {
      holders.push(holder);
      orphan.kill('SIGKILL');
    },
  );
  expect(holders).toEqual([orphan.pid]);
});

it('the file that earlier versions made in its place is no obstacle, and neither is a lock that was deleted', async () => {
  const folder = join(temporaryFolder(), 'lock');
  writeFileSync(folder, '99999999@1');
  expect(await withLock(folder, async () => rmSync(folder, { recursive: true }))).toBeUndefined();
  expect(await withLock(folder, async () => 'in')).toBe('in');
});

it('of many processes that want it at once, and die while they hold it, one at a time has it', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'counter'), '0');
  const module = join(root, 'scripts', 'setup', 'lock.mjs');
  const workers = Array.from({ length: 12 }, () =>
    spawn(process.execPath, [worker, module, join(folder, 'lock'), folder, '3'], { stdio: 'inherit' }),
  );
  const ends = await Promise.all(workers.map((child) => once(child, 'exit')));
  expect(ends).toEqual(ends.map(() => [null, 'SIGKILL']));
  expect(existsSync(join(folder, 'overlaps'))).toBe(false);
  expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe('36');
});
