import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdFolder, removeUnfinished, waitForWriter } from '../../scripts/one-writer.js';
import { root } from '../../scripts/setup/paths.mjs';
import { processName } from '../../scripts/setup/processes.mjs';
import { temporaryFolder } from '../setup/support.js';

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

const since = '2026-01-02T03:04:05.000Z';
const lockOf = (process: string, host = os.hostname()) => JSON.stringify({ process, host, since });

describe('a folder that one process writes to', () => {
  it('is refused to a second one, which is told who is there and since when', () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'writer.lock'), lockOf(processName(process.ppid)));
    expect(() => holdFolder('train', folder)).toThrow(`being written by process ${process.ppid} on`);
    expect(() => holdFolder('train', folder)).toThrow(`since ${since}`);
  });

  it('is refused while a process of another machine holds it, which cannot be seen from here', () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'writer.lock'), lockOf(`${deadProcess()}@1`, 'another-machine'));
    expect(() => holdFolder('train', folder)).toThrow('on another-machine, since');
  });

  it.each([
    ['a process that has ended', () => lockOf(`${deadProcess()}@12345`)],
    ['an earlier process of the same number', () => lockOf(`${process.pid}@1`)],
    ['a writer that was killed while it wrote the lock', () => lockOf(processName(process.ppid)).slice(0, 20)],
    ['nobody', () => ''],
  ])('is taken over from %s', (_, content) => {
    const folder = temporaryFolder();
    const lock = path.join(folder, 'writer.lock');
    writeFileSync(lock, content());
    const hold = holdFolder('train', folder);
    expect(readFileSync(lock, 'utf8')).toContain(processName(process.pid));
    hold.check();
    hold.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is waited for as long as a process of this machine holds it, but no longer than was asked for', async () => {
    const folder = temporaryFolder();
    const lock = path.join(folder, 'writer.lock');
    await waitForWriter(folder, 60); // nobody is there
    const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)']);
    const ended = new Promise((resolve) => holder.on('exit', resolve));
    writeFileSync(lock, lockOf(processName(holder.pid!)));
    await waitForWriter(folder, 0.3);
    expect(() => holdFolder('train', folder)).toThrow(`being written by process ${holder.pid} on`);
    const waited = waitForWriter(folder, 600).then(() => holdFolder('train', folder));
    holder.kill();
    await ended;
    (await waited).release();
  });

  it('is not written to by a holder that has lost it', () => {
    const folder = temporaryFolder();
    const hold = holdFolder('train', folder);
    writeFileSync(path.join(folder, 'writer.lock'), lockOf(processName(process.ppid)));
    expect(() => {
      hold.check();
    }).toThrow("no longer this process's");
    hold.release();
    expect(existsSync(path.join(folder, 'writer.lock')), "another one's lock is left alone").toBe(true);
  });

  it('loses the unfinished files of the dead, and keeps those of the living and all others', () => {
    const folder = temporaryFolder();
    const dead = deadProcess();
    const kept = [`b.${process.ppid}.tmp`, 'c.tmp', 'd.safetensors', `e.${dead}.txt`];
    for (const name of [`a.${dead}.tmp`, `a.json.${dead}.tmp`, ...kept]) writeFileSync(path.join(folder, name), '');
    removeUnfinished(folder);
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });

  it('has one writer at a time, however many come at once upon a stale lock', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'writer.lock'), lockOf(`${deadProcess()}@1`));
    // Each tries until it holds the folder, and then would see another holder by the file that it makes.
    const program = `
      import { closeSync, openSync, rmSync } from 'node:fs';
      import { holdFolder } from ${JSON.stringify(path.join(root, 'scripts', 'one-writer.ts'))};
      for (let turn = 0; turn < 5; ) {
        let hold;
        try { hold = holdFolder('test', ${JSON.stringify(folder)}); } catch (error) {
          if (error.name !== 'Mistake') throw error;
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        closeSync(openSync(${JSON.stringify(path.join(folder, 'inside'))}, 'wx'));
        await new Promise((resolve) => setTimeout(resolve, 2));
        hold.check();
        rmSync(${JSON.stringify(path.join(folder, 'inside'))});
        hold.release();
        turn++;
      }`;
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => {
        const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { cwd: root });
        let errors = '';
        child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
        return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? 'fine' : errors)));
      }),
    );
    expect(outcomes).toEqual(Array(5).fill('fine'));
    expect(readdirSync(folder)).toEqual([]);
  });
});
