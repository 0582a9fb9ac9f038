import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { processName } from '../../scripts/setup/processes.mjs';
import { temporaryFolder } from './support.js';

it('the lock is held while the work goes on and is gone after it, also when it fails', async () => {
  const file = join(temporaryFolder(), 'lock');
  expect(await withLock(file, async () => existsSync(file))).toBe(true);
  expect(existsSync(file)).toBe(false);
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});

it('whoever was killed while holding the lock no longer counts', async () => {
  const file = join(temporaryFolder(), 'lock');
  const dead = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  writeFileSync(file, processName(dead.pid!));
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  expect(await withLock(file, async () => 'in')).toBe('in');
});

it('a second set-up waits for the first, and says so', async () => {
  const file = join(temporaryFolder(), 'lock');
  const first = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  writeFileSync(file, processName(first.pid!));
  const holders: number[] = [];
  const second = withLock(
    file,
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
  const file = join(temporaryFolder(), 'lock');
  writeFileSync(file, `${process.ppid}@1`);
  expect(await withLock(file, async () => 'in')).toBe('in');
});

it('the programs that a killed set-up has left running are waited for', async () => {
  const file = join(temporaryFolder(), 'lock');
  const listed = await withLock(file, async () => {
    await command(process.execPath, ['-e', '']);
    return readFileSync(file, 'utf8').split('\n');
  });
  expect(listed).toHaveLength(2);
  const orphan = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  writeFileSync(file, `99999999@1\n${processName(orphan.pid!)}`);
  const holders: number[] = [];
  await withLock(
    file,
    async () => {},
    (holder) => {
      holders.push(holder);
      orphan.kill('SIGKILL');
    },
  );
  expect(holders).toEqual([orphan.pid]);
});
