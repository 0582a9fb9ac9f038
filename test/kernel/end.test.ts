import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { Kernel } from './client.js';

interface End {
  how: string;
  end: (kernel: Kernel) => Promise<unknown>;
  status: number;
}
const shutdown = (restart: boolean, channel: 'shell' | 'control') => (kernel: Kernel) =>
  kernel.send('shutdown_request', { restart }, channel);
const ENDS: End[] = [
  { how: 'shut down', end: shutdown(false, 'control'), status: 0 },
  { how: 'restarted', end: shutdown(true, 'control'), status: 0 },
  { how: 'shut down over the other channel', end: shutdown(false, 'shell'), status: 0 },
  { how: 'ended by a cell', end: (kernel) => kernel.start('process.exit(7);'), status: 7 },
  {
    how: 'shut down while a cell waits',
    async end(kernel) {
      const id = await kernel.start("console.log('go'); await new Promise(() => {});");
      await kernel.printed(id, 'go');
      await kernel.send('shutdown_request', { restart: false }, 'control');
    },
    status: 0,
  },
];

test.each(ENDS)('a kernel that is $how ends with status $status and without a word', async ({ end, status }) => {
  const kernel = await Kernel.start();
  await kernel.run('1 + 1');
  await end(kernel);
  await kernel.ended();
  expect({ exit: kernel.exit, log: kernel.log }).toEqual({ exit: status, log: '' });
  await kernel.stop();
});

test('a kernel whose Jupyter was killed ends by itself, without a word', async () => {
  const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const kernel = await Kernel.start({ env: { JPY_PARENT_PID: String(parent.pid) } });
  parent.kill('SIGKILL');
  await kernel.ended();
  expect({ exit: kernel.exit, log: kernel.log }).toEqual({ exit: 1, log: '' });
  await kernel.stop();
});
