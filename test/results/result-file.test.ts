import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPath, ready } from 'naive-diffusion';
import { type Origin, ResultFile } from '../../scripts/results/result-file.ts';

interface Row extends Origin {
  way: string;
  S: number;
  value: number;
}
type Job = Omit<Row, 'value'>;

const about = { command: 'a command', seed: 1, names: ['way', 'S'] as const };
const open = () => new ResultFile<Row, 'way' | 'S'>('made', about);
/** Two ways with three numbers each; 2/3 is not written to its last digit. */
const jobs: Job[] = ['a', 'b'].flatMap((way) =>
  [1, 4, 16].map((S) => ({
    way,
    S,
    checkpoint: 'model',
    sha256: 'hash',
    seed: 1,
    options: { level: 2 / 3, sampler: { kind: 'cold', steps: S, draw: 'fixed' } },
  })),
);
const read = (folder: string) =>
  (JSON.parse(readFileSync(path.join(folder, 'results', 'made.json'), 'utf8')) as { rows: Row[] }).rows;

let folder: string;
beforeAll(async () => {
  await ready();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'results-'));
  vi.stubEnv('NAIVE_DIFFUSION_DATA', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('a result file', () => {
  it('wherever a run is killed, the next one measures what is missing and nothing else', () => {
    for (let killed = 0; killed <= jobs.length; killed++) {
      rmSync(path.join(folder, 'results'), { recursive: true, force: true });
      const first = open();
      for (const job of first.missing(jobs).slice(0, killed)) first.put({ ...job, value: 1 });
      expect(open().missing(jobs)).toEqual(jobs.slice(killed));
    }
  });

  it('says of each row where it was measured, when some come from another machine', () => {
    for (const job of jobs.slice(0, 3)) open().put({ ...job, value: 1 });
    const file = path.join(folder, 'results', 'made.json');
    const here = JSON.parse(readFileSync(file, 'utf8')) as { machine: string; backend: string };
    writeFileSync(file, JSON.stringify({ ...here, machine: 'a card', backend: 'CUDA' }));
    open().put({ ...jobs[0], value: 2 });
    open().put({ ...jobs[3], value: 1 });
    const after = JSON.parse(readFileSync(file, 'utf8')) as { machine: string; rows: { machine?: string }[] };
    expect(after.machine).toBe(here.machine);
    expect(after.rows.map(({ machine }) => machine)).toEqual([undefined, 'a card', 'a card', undefined]);
    expect(open().missing(jobs)).toEqual(jobs.slice(4));
  });

  it('measures again what comes of another model, seed or option, and no other row', () => {
    for (const job of jobs) open().put({ ...job, value: 1 });
    const changes: ((job: Job) => Job)[] = [
      (job) => ({ ...job, checkpoint: 'other' }),
      (job) => ({ ...job, sha256: 'other' }),
      (job) => ({ ...job, seed: 2 }),
      (job) => ({ ...job, options: { ...job.options, level: 0.6 } }),
      (job) => ({ ...job, options: { ...job.options, sampler: { kind: 'cold', steps: job.S, draw: 'fresh' } } }),
      (job) => ({ ...job, options: { ...job.options, count: 256 } }),
      (job) => ({ ...job, options: {} }),
    ];
    for (const change of changes) {
      for (let i = 0; i < jobs.length; i++) {
        const wanted = jobs.map((job, j) => (j === i ? change(job) : job));
        expect(open().missing(wanted)).toEqual([wanted[i]]);
      }
    }
  });

  it('has one row for each thing measured, in its old place when it is measured again', () => {
    for (const job of jobs) open().put({ ...job, value: 1 });
    for (let i = 0; i < jobs.length; i++) {
      const changed = { ...jobs[i], seed: 7, value: 2 };
      open().put(changed);
      expect(read(folder).map(({ way, S }) => [way, S])).toEqual(jobs.map(({ way, S }) => [way, S]));
      expect(read(folder)[i]).toMatchObject({ seed: 7, value: 2 });
    }
  });
});

describe('the committed measurements', () => {
  it('say for each row seed and options, and belong to the committed models', () => {
    vi.unstubAllEnvs();
    const files = readdirSync(dataPath('results')).filter((name) => name.endsWith('.json'));
    const measured = files
      .map((name) => JSON.parse(readFileSync(dataPath('results', name), 'utf8')) as { kind: string; rows?: Row[] })
      .filter(({ rows }) => rows);
    expect(measured.map(({ kind }) => kind).sort()).toEqual([
      'autoguidance',
      'draws-kept',
      'fed-back',
      'guidance',
      'mending',
      'networks',
      'noise-choices',
      'noise-map',
      'ode-bits',
      'one-step',
      'orders',
      'restoration',
      'samplers',
      'small-spaces',
      'step-variances',
      'steps-and-draws',
      'two-halves',
      'variances-and-bits',
      'variety',
    ]);
    for (const { kind, rows } of measured) {
      for (const { checkpoint, sha256, seed, options } of rows!) {
        expect(seed, kind).toEqual(expect.any(Number));
        expect(Object.keys(options).length, kind).toBeGreaterThan(0);
        // Models that were trained for a measurement are not kept.
        if (checkpoint === 'trained here' || checkpoint.includes('/')) continue;
        const bytes = readFileSync(dataPath('checkpoints', `${checkpoint}.safetensors`));
        expect(createHash('sha256').update(bytes).digest('hex'), `${kind}: measure ${checkpoint} again`).toBe(sha256);
      }
    }
  });
});
