import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, pretrained, ready, saveCheckpoint } from 'naive-diffusion';
import { weightsOf } from '../support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'train-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Runs `npm run train` without npm, and kills it with `signal` as soon as it prints `until`. */
function train(
  args: string[],
  { until, signal = 'SIGKILL', data }: { until?: string; signal?: NodeJS.Signals; data?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/train.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...(data && { NAIVE_DIFFUSION_DATA: data }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let sent = false; // once: a second SIGINT ends a program at once
  const read = (text: Buffer) => {
    output += text.toString();
    if (!sent && until && output.includes(until)) sent = child.kill(signal);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve) => {
    child.on('close', (code, sig) => {
      resolve({ code, signal: sig, output });
    });
  });
}

const recipe = (out: string, steps: number) => [
  '--recipe',
  'naive-faces',
  '--steps',
  String(steps),
  '--save-every',
  '2',
  '--out',
  path.join(folder, out),
];

describe('npm run train', () => {
  it('killed half-way goes on where it last saved, and ends with the same weights', async () => {
    const whole = await train(recipe('whole', 4));
    expect(whole.output).toContain('step 4 of 4');
    expect(whole.code).toBe(0);

    const killed = await train(recipe('cut', 4), { until: 'step 2 of 4' });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await train(recipe('cut', 4));
    expect(resumed.output).toMatch(/going on from step [24]/);

    const [a, b] = await Promise.all(
      ['whole', 'cut'].map((name) => loadCheckpoint(path.join(folder, name, 'naive-faces', 'naive-faces.safetensors'))),
    );
    const [x, y] = [weightsOf(a.network).flat(), weightsOf(b.network).flat()];
    // Recorded and replayed steps round differently, and half precision has steps of 1 in 2,000.
    x.forEach((w, i) => expect(Math.abs(w - y[i])).toBeLessThan(1e-3));
    expect(a.notes).toMatchObject({ recipe: 'naive-faces', steps: 4 });

    // Once more, with nothing left to train: the loss is still known.
    expect((await train(recipe('whole', 4))).code).toBe(0);
    const { notes } = await loadCheckpoint(path.join(folder, 'whole', 'naive-faces', 'naive-faces.safetensors'));
    expect(notes.loss).toBe(a.notes.loss);
    expect(notes.loss).toBeGreaterThan(0);
  });

  it('saves the last finished step when it is stopped, and says how to go on', async () => {
    const stopped = await train([...recipe('stopped', 500)], { until: 'step 2 of 500', signal: 'SIGINT' });
    expect(stopped.output).toMatch(/stopped after step \d+; the same command goes on from there/);
    expect(stopped.code).toBe(0);
    const log = await readFile(path.join(folder, 'stopped', 'naive-faces', 'log.jsonl'), 'utf8');
    expect(JSON.parse(log.split('\n')[0])).toMatchObject({ step: 2 });
  });

  it('writes how a recipe samples into its published model, and leaves the weights', async () => {
    const data = path.join(folder, 'data');
    await mkdir(path.join(data, 'checkpoints'), { recursive: true });
    const copy = path.join(data, 'checkpoints', 'naive-digits.safetensors');
    const { network, notes } = await pretrained('naive-digits');
    await saveCheckpoint(copy, network, { notes: { ...notes, sampling: 'none' } });
    expect((await train(['--recipe', 'naive-digits', '--describe'], { data })).code).toBe(0);
    const described = await loadCheckpoint(copy);
    expect(described.notes).toEqual(notes);
    expect(weightsOf(described.network)).toEqual(weightsOf(network));
  });

  it('refuses a recipe that is not there, and steps that are none', async () => {
    expect(await train(['--recipe', 'no-such'])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/recipe must be one of .*naive-faces.*, got 'no-such'/) as string,
    });
    expect((await train(['--recipe', 'naive-faces', '--steps', '0'])).output).toContain(
      'expected a whole number of at least 1',
    );
  });
});
