import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import protobuf from 'protobufjs';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';

const SMALL = path.join(root, 'scripts', 'fuzz', 'small-recipe.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'tensorboard-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** As much of TensorFlow's event.proto and summary.proto as curves need. */
const Event = protobuf
  .parse(
    `syntax = "proto3";
    message Event { double wall_time = 1; int64 step = 2; Summary summary = 5; }
    message Summary { repeated Value value = 1; }
    message Value { string tag = 1; float simple_value = 2; }`,
    { keepCase: true },
  )
  .root.lookupType('Event');

interface Point {
  step: number;
  summary?: { value: { tag: string; simple_value: number }[] };
}

/** The curves in all event files of a folder: name → [step, value]. */
function curvesIn(events: string): Record<string, [step: number, value: number][]> {
  const curves: Record<string, [number, number][]> = {};
  for (const name of readdirSync(events).sort()) {
    const bytes = readFileSync(path.join(events, name));
    // Records: length in 8 bytes, a checksum in 4, the event, a checksum in 4.
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at));
      const message = Event.decode(bytes.subarray(at + 12, at + 12 + length));
      const { step, summary } = Event.toObject(message, { longs: Number, defaults: true }) as Point;
      for (const { tag, simple_value: value } of summary?.value ?? []) (curves[tag] ??= []).push([step, value]);
      at += 16 + length;
    }
  }
  return curves;
}

function train(...args: string[]) {
  return command(process.execPath, ['--import', 'tsx', path.join(root, 'scripts', 'train.ts'), ...args], { cwd: root });
}

describe('npm run train --tensorboard', () => {
  it('writes loss, rate and speed every ten steps, and goes on where the run goes on', async () => {
    const board = path.join(folder, 'board');
    const out = path.join(folder, 'runs');
    const args = ['--recipe', SMALL, '--out', out, '--save-every', '10', '--tensorboard', board];
    for (const steps of ['20', '30']) {
      const { code, output } = await train(...args, '--steps', steps);
      expect(code, output).toBe(0);
    }
    const curves = curvesIn(path.join(board, 'small-recipe'));
    expect(Object.keys(curves).sort()).toEqual(['loss', 'rate', 'steps per second']);
    for (const curve of Object.values(curves)) {
      expect(curve.map(([step]) => step)).toEqual([10, 20, 30]);
      expect(curve.every(([, value]) => value > 0)).toBe(true);
    }
    // The log of the run has the same losses, in full.
    const log = readFileSync(path.join(out, 'small-recipe', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const losses = log.map((line) => (JSON.parse(line) as { loss: number }).loss);
    expect(curves.loss.map(([, value]) => value)).toEqual(losses.map(Math.fround));
  });

  it('is refused without native TensorFlow, before anything of an earlier run is forgotten', async () => {
    const out = path.join(folder, 'refused');
    const state = path.join(out, 'small-recipe', 'state.safetensors');
    mkdirSync(path.dirname(state), { recursive: true });
    writeFileSync(state, 'an earlier run');
    const args = ['--recipe', SMALL, '--out', out, '--steps', '1', '--fresh', '--tensorboard', folder];
    const { code, output } = await command(process.execPath, ['--import', 'tsx', 'scripts/train.ts', ...args], {
      cwd: root,
      env: { ...process.env, NAIVE_DIFFUSION_BACKEND: 'wasm', QUICK: '1' },
    });
    expect(readFileSync(state, 'utf8')).toBe('an earlier run');
    expect(output).toMatch(/--tensorboard needs TensorFlow's own library; here is .*WebAssembly/);
    expect(code).toBe(1);
  });
});
