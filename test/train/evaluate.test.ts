import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationResult } from 'naive-diffusion';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'evaluate-'));
  mkdirSync(path.join(folder, 'data'));
  for (const name of readdirSync(path.join(root, 'data')))
    if (name !== 'results') symlinkSync(path.join(root, 'data', name), path.join(folder, 'data', name));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs `npm run evaluate` without npm, and kills it as soon as it prints `until`. */
function evaluate(args: string[], until?: string): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NAIVE_DIFFUSION_DATA: path.join(folder, 'data') };
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'scripts/evaluate.ts', ...args, '--out', path.join(folder, 'samples')],
    { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const read = (text: Buffer) => {
    output += text.toString();
    if (until && output.includes(until)) child.kill('SIGKILL');
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

describe('npm run evaluate', () => {
  it('killed while it samples goes on where it was, and writes all answers', async () => {
    const args = ['--checkpoint', 'naive-digits', '--samples', '250', '--batch', '100', '--seed', '3'];
    await evaluate(args, '100 of 250 samples');
    const { code, output } = await evaluate(args);
    expect(output).toMatch(/(100|200) of 250 samples are in/);
    expect(code).toBe(0);
    const result = JSON.parse(
      readFileSync(path.join(folder, 'data', 'results', 'naive-digits.json'), 'utf8'),
    ) as EvaluationResult;
    expect(result).toMatchObject({
      kind: 'evaluation',
      name: 'naive-digits',
      evaluation: { samples: 250, compared: 250, dataset: 'digits' },
      sampling: { seed: 3 },
      randomness: { bits: 1024 },
    });
    expect(result.evaluation.likeness.frechet.distance).toBeGreaterThan(result.evaluation.likeness.floor.distance);
    expect(output).toContain('| naive-digits | 3,000 |');
  });

  it('refuses what it cannot evaluate', async () => {
    expect((await evaluate([])).output).toContain('evaluate: give either --checkpoint or --real');
    const { code, output } = await evaluate(['--checkpoint', 'no-such']);
    expect(code).toBe(1);
    expect(output).toContain('no-such');
  });
});
