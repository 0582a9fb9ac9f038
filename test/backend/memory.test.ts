import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withEnvironment } from '../../scripts/environment.mjs';

/** What the child process does: a convolution that wants 600 MB, where the system gives it 300 MB more and no more. */
const program = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { conv2d, ready, tf } from './lib/src/index.ts';
await ready({ backend: 'native' });
const filter = tf.ones([3, 3, 2048, 2048]);
const images = tf.ones([1, 1, 1, 2048]);
conv2d(tf.ones([4, 32, 32, 16]), tf.ones([3, 3, 16, 16])).dataSync(); // threads are there
const size = 1024 * Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (size + 3e8)]);
try {
  conv2d(images, filter).dataSync();
  console.log('no error');
} catch (error) {
  console.log(error.message);
}
console.log(conv2d(tf.ones([1, 1, 1, 8]), tf.ones([3, 3, 8, 1])).dataSync()[0].toFixed(3));
`;

describe.runIf(existsSync('/usr/bin/prlimit'))('memory that an operation in C++ cannot have', () => {
  it('is an error, after which all goes on', () => {
    const { stdout, stderr, signal } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      {
        encoding: 'utf8',
        env: { ...withEnvironment(), MALLOC_TOP_PAD_: '0', GLIBC_TUNABLES: '' },
        timeout: 100_000,
      },
    );
    expect(signal, stderr).toBeNull();
    expect(stdout.trim().split('\n'), stderr).toEqual([
      expect.stringContaining('Status: 8'),
      expect.stringContaining('there is not enough memory'),
      '8.000',
    ]);
  });
});
