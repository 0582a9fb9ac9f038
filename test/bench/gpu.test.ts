import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../setup/support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const state = { backend: 'a backend', megabytes: 256, perStep: 1.234, read: 10, sent: 20, last: 2 };
const workload = (ours: number) => ({ about: 'a step', times: { ours: { median: ours, low: ours, high: ours } } });
const bench = {
  date: '2026-01-02',
  machine: 'a machine',
  versions: { ours: 'the library 1' },
  ratios: {},
  ratiosCompiled: {},
  workloads: { a: { ...workload(0.00125), megabytes: { ours: 100 } } },
  growth: [],
};
const tests = {
  numPassedTests: 7,
  numFailedTests: 1,
  testResults: [
    {
      name: path.join(root, 'test', 'x.test.ts'),
      status: 'failed',
      assertionResults: [{ status: 'failed', fullName: 'x is y' }],
    },
    { name: path.join(root, 'test', 'z.test.ts'), status: 'failed', assertionResults: [] },
  ],
};

/** The table of what a card has said, if it was this. */
function report(files: Record<string, string | object>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  const out = path.join(folder, 'gpu.md');
  const args = ['--import', 'tsx', 'bench/gpu-report.ts', folder, '--out', out];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return readFileSync(out, 'utf8');
}

describe('the table of a card', () => {
  it('says what each stage has found, how one has failed, and which were not run', () => {
    const text = report({
      'card.txt': 'NVIDIA X, 580.1, 80000 MiB\n',
      'state.json': state,
      'bench.json': bench,
      'xla.json.failed': 'it did not come to its end in 80 s\n',
      'tests.json': tests,
      'tests.json.failed': 'it ended with status 1\n',
    });
    expect(text.split('\n\n').slice(0, 3)).toEqual([
      '# What a card says',
      'NVIDIA X, 80000 MiB, driver 580.1; `bench/gpu.sh`.',
      'a backend. A compiled step over a state of 256 MB took 1.23 ms, and ended with the value 2; to read that state ' +
        'takes 10 ms, and to send it 20.',
    ]);
    expect(text).toContain('| (a) a step | 1.25 ms (1.25 to 1.25) |');
    expect(text).toContain('**The benchmark with XLA: it did not come to its end in 80 s.**');
    expect(text).toContain(
      'Unit tests: 7 passed, 1 failed:\n\n- test/x.test.ts: x is y\n- test/z.test.ts: the file did not',
    );
    expect(text).toContain('**Unit tests: it ended with status 1.**');
    expect(text).toContain('Chapters, with small budgets: not run.');
    expect(text).not.toContain('undefined');
  });

  it('is of the first of several cards, and says so', () => {
    const text = report({ 'card.txt': 'NVIDIA X, 580.1, 80000 MiB\nNVIDIA X, 580.1, 80000 MiB\n', 'xla.json': bench });
    expect(text).toContain('NVIDIA X, 80000 MiB, driver 580.1, the first of 2 cards; `bench/gpu.sh`.');
    expect(text).toContain('With `NAIVE_DIFFUSION_XLA=1`: (a) 1.25 ms.');
  });
});

describe('bench/gpu.sh', () => {
  const script = path.join(root, 'bench', 'gpu.sh');
  const bash = (args: string[], folder = '/nowhere') =>
    spawnSync('/bin/bash', [script, ...args], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:/usr/bin:/bin` },
    });

  it('refuses a stage that there is not, and a machine without a card', () => {
    expect(bash(['cheque'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/^usage: /) as string });
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'nvidia-smi'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
    expect(bash([], folder)).toMatchObject({ status: 1, stderr: 'bench/gpu.sh: nvidia-smi finds no card.\n' });
  });

  it('keeps nothing of another card, and notes a stage that fails', () => {
    // The script beside programs that do nothing, or fail.
    const folder = temporaryFolder();
    for (const part of ['bench', 'bin', '.cache/gpu']) mkdirSync(path.join(folder, part), { recursive: true });
    symlinkSync(script, path.join(folder, 'bench', 'gpu.sh'));
    const found = path.join(folder, '.cache', 'gpu');
    for (const old of ['bench.json', 'xla.json']) writeFileSync(path.join(found, old), 'of another card');
    writeFileSync(path.join(found, 'card.txt'), 'NVIDIA Y, 1, 2 MiB\n');
    writeFileSync(path.join(folder, 'bin', 'nvidia-smi'), '#!/bin/sh\necho NVIDIA X, 580.1, 80000 MiB\n', {
      mode: 0o755,
    });
    writeFileSync(path.join(folder, 'bin', 'node'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const { status } = spawnSync('/bin/bash', [path.join(folder, 'bench', 'gpu.sh'), 'bench'], {
      env: { ...process.env, PATH: `${path.join(folder, 'bin')}:/usr/bin:/bin` },
    });
    expect(status).not.toBe(0);
    const spoken = spawnSync('ls', [found], { encoding: 'utf8' }).stdout.trim().split('\n');
    expect(spoken).toEqual(['bench.json.failed', 'card.txt']);
    expect(readFileSync(path.join(found, 'bench.json.failed'), 'utf8')).toBe('it ended with status 3\n');
  });
});
