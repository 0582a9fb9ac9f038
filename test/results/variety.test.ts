import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'variety-'));
  mkdirSync(path.join(folder, 'results'));
  for (const name of readdirSync(path.join(root, 'data')))
    if (name !== 'results') symlinkSync(path.join(root, 'data', name), path.join(folder, name));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Row {
  degradation: string;
  draws: string;
}

/** Runs `npm run results -- variety` without npm. */
function measure(): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NAIVE_DIFFUSION_DATA: folder };
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/results.ts', 'variety'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

it('killed between the ways of one degradation, variety measures the ways that are left, as before', async () => {
  const committed = JSON.parse(readFileSync(path.join(root, 'data', 'results', 'variety.json'), 'utf8')) as {
    rows: Row[];
  };
  const isLeft = ({ degradation, draws }: Row) => degradation === 'fadeToBlack' && draws === 'algorithm 1, one draw';
  const file = path.join(folder, 'results', 'variety.json');
  writeFileSync(file, JSON.stringify({ ...committed, rows: committed.rows.filter((row) => !isLeft(row)) }));
  const { code, output } = await measure();
  expect(code, output).toBe(0);
  expect(output.trim().split('\n')).toEqual([expect.stringMatching(/^fadeToBlack algorithm 1, one draw /)]);
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: Row[] };
  expect(rows).toHaveLength(committed.rows.length);
  expect(rows.find(isLeft)).toEqual(committed.rows.find(isLeft));
}, 600_000);
