import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** Products of matrices that TensorFlow hands to oneDNN, which is where a signal can do harm. */
const products = `
  import { ready, tf } from 'naive-diffusion';
  await ready();
  const [a, b, c, d] = [[64, 512], [512, 64], [64, 64], [64, 3000]].map((shape) => tf.ones(shape));
  const multiply = () => tf.tidy(() => {
    for (let i = 0; i < 30; i++) {
      tf.matMul(a, b);
      tf.matMul(c, d);
      tf.matMul(d, d, false, true);
    }
  });`;
const HANG = { timeout: 120_000 };
const run = (program: string, ...options: string[]) =>
  promisify(execFile)(process.execPath, [...options, '--input-type=module', '-e', products + program]);

describe.skipIf(process.platform === 'win32')('While TensorFlow computes,', () => {
  it('thousands of signals are heard and damage nothing', HANG, async () => {
    const { stdout } = await run(`
      let heard = 0;
      process.on('SIGINT', () => heard++);
      const { Worker } = await import('node:worker_threads');
      const sender = new Worker(
        'const wait = new Int32Array(new SharedArrayBuffer(4));' +
        'for (let i = 0; i < 8000; i++) { process.kill(process.pid, "SIGINT"); Atomics.wait(wait, 0, 0, 0.2); }',
        { eval: true },
      );
      let sent = false;
      sender.on('exit', () => (sent = true));
      while (!sent) {
        multiply();
        await new Promise(setImmediate);
      }
      console.log(heard > 0 ? 'heard' : 'not heard');`);
    expect(stdout).toBe('heard\n');
  });

  it('a profiler damages nothing', HANG, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'naive-diffusion-'));
    try {
      const profiled = `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-interval=200`.split(' ');
      const { stdout } = await run(`for (let i = 0; i < 200; i++) multiply(); console.log('done');`, ...profiled);
      expect(stdout).toBe('done\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('a signal that nobody listens to ends the process, and the processes that it starts', HANG, async () => {
    const program = `
      const { spawn } = await import('node:child_process');
      const child = spawn('sleep', ['60']);
      child.on('exit', (code, signal) => {
        console.log(signal);
        for (;;) multiply();
      });
      child.kill('SIGINT');`;
    const endless = spawn(process.execPath, ['--input-type=module', '-e', products + program]);
    try {
      const ended = once(endless, 'exit');
      const [line] = (await Promise.race([once(endless.stdout, 'data'), ended])) as [Buffer | null];
      expect(String(line)).toBe('SIGINT\n');
      endless.kill('SIGINT');
      expect(await ended).toEqual([null, 'SIGINT']);
    } finally {
      endless.kill('SIGKILL');
    }
  });

  it('a write into a closed pipe is heard as before', HANG, async () => {
    const program = `
      import { spawn } from 'node:child_process';
      import { writeSync } from 'node:fs';
      process.on('SIGPIPE', () => {
        console.error('heard');
        process.exit();
      });
      setTimeout(() => {
        try {
          for (;;) writeSync(1, 'x'.repeat(1000));
        } catch {
          setTimeout(() => process.exit(1), 20_000);
        }
      }, 500);`;
    const writer = spawn(process.execPath, ['--input-type=module', '-e', products + program]);
    writer.stdout.destroy();
    const chunks: Buffer[] = [];
    writer.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(writer, 'exit');
    expect(Buffer.concat(chunks).toString()).toContain('heard');
  });
});
