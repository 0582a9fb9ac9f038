import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { processorQuota } from '../../lib/src/platform/node/quota.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files in it. */
function system(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'naive-diffusion-test-'));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('the processors that a process may use', () => {
  const cases: [string, Record<string, string>, number | undefined][] = [
    ['are not limited where nothing is known', {}, undefined],
    [
      "are those of a container's own group",
      { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' },
      1.5,
    ],
    ['are not limited by `max`', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, undefined],
    [
      'are the smallest of all groups around it',
      {
        'proc/self/cgroup': '0::/outer/middle/inner\n',
        'sys/fs/cgroup/outer/cpu.max': '800000 100000\n',
        'sys/fs/cgroup/outer/middle/cpu.max': '50000 25000\n',
        'sys/fs/cgroup/outer/middle/inner/cpu.max': 'max 100000\n',
      },
      2,
    ],
    [
      "are those at the top where the group's name is one from outside",
      { 'proc/self/cgroup': '0::/docker/0123\n', 'sys/fs/cgroup/cpu.max': '300000 100000\n' },
      3,
    ],
    [
      'are read in version 1, too',
      {
        'proc/self/cgroup': '9:memory:/a\n4:cpu,cpuacct:/a\n0::/a\n',
        'sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      0.5,
    ],
    [
      'are not limited by what cannot be read',
      { 'proc/self/cgroup': 'nonsense\n0::/\n', 'sys/fs/cgroup/cpu.max': 'what?\n' },
      undefined,
    ],
  ];
  it.each(cases)('%s', (_, files, expected) => {
    expect(processorQuota(system(files))).toBe(expected);
  });
});
