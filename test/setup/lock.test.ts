import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withLock } from '../../scripts/setup/lock.mjs';
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
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  writeFileSync(file, String(dead.pid));
  expect(await withLock(file, async () => 'in')).toBe('in');
});

it('a second set-up waits for the first, and says so', async () => {
  const file = join(temporaryFolder(), 'lock');
  const first = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  writeFileSync(file, String(first.pid));
  const holders: number[] = [];
  const second = withLock(file, async () => 'in', holder => {
    holders.push(holder);
    first.kill('SIGKILL');
  });
  expect(await second).toBe('in');
  expect(holders).toEqual([first.pid]);
});
