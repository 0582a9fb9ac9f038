import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeSamples, samplesOf } from '../../bench/samples.js';

const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('pictures of a snapshot are all removed, however many were asked for, and those of others stay', () => {
  const run = path.join(folder, 'run');
  mkdirSync(run);
  for (const [minutes, count] of [
    [5, 200],
    [5, 2000],
    [15, 2000],
    [0.5, 200],
  ])
    writeFileSync(samplesOf(run, minutes, count), '');
  writeFileSync(path.join(run, '5.safetensors'), '');
  removeSamples(run, 5);
  expect(readdirSync(run).sort()).toEqual([
    '0.5-samples-200.safetensors',
    '15-samples-2000.safetensors',
    '5.safetensors',
  ]);
  expect(() => removeSamples(path.join(folder, 'none'), 5)).not.toThrow();
});
