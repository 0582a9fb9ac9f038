/** `npm test -- --sweeps`: sweeps on Ray itself, which is fetched for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EvaluationResult, readSafetensors, type SweepPoint } from 'naive-diffusion';
import { isRunning, processName } from '../../scripts/setup/processes.mjs';
import { installRay, onlyHere } from '../../scripts/sweep/ray.js';
import { temporaryFolder } from '../setup/support.js';
import { fewFaces } from './few-faces.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const python = path.join(root, '.venv-sweep', 'bin', 'python');
const folder = temporaryFolder();
const file = path.join(folder, 'seeds.ts');
const seeds = [1, 2, 3];
const recipe = path.join(import.meta.dirname, 'tiny-faces.ts');
const wanted = { about: 'Seeds', recipe, options: { seed: seeds }, saveEvery: 2, evaluate: { samples: 200 } };
/** Nobody else gets an answer from the cluster of these tests. */
const secret = { ...onlyHere(), RAY_USAGE_STATS_ENABLED: '0' };

type Row = EvaluationResult & { point: SweepPoint };
const table = (name: string) =>
  JSON.parse(readFileSync(path.join(folder, name, 'results', 'sweeps', 'seeds.json'), 'utf8')) as { rows: Row[] };

/** A sweep that runs: everything that it has printed, and what happens as soon as a line is there. */
interface Running {
  readonly output: string;
  /** Waits until it has printed what fits; returns the groups of that. */
  until(text: RegExp): Promise<RegExpExecArray>;
  stop(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

/** Runs `npm run sweep` without npm, with a data folder and a folder of runs of its own. */
async function sweep(name: string, { of = file, more = [] }: { of?: string; more?: string[] } = {}): Promise<Running> {
  const data = path.join(folder, name);
  if (!existsSync(data)) await fewFaces(data);
  const args = [of, '--out', path.join(folder, `${name}-runs`), ...more];
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/sweep.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...secret, NAIVE_DIFFUSION_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    get output() {
      return output;
    },
    ended,
    until: (text) =>
      vi.waitFor(
        () => {
          const found = text.exec(output);
          if (!found) throw new Error(`the sweep has not printed ${text}, but:\n${output}`);
          return found;
        },
        { timeout: 300_000, interval: 20 },
      ),
    stop: (signal) => child.kill(signal),
  };
}

/** What the sweep is to come to, undisturbed: the answers, and the weights of each model. */
let expected: { rows: Row[]; weights: Record<string, string>[] };

beforeAll(async () => {
  await installRay(console.log);
  writeFileSync(file, `export default ${JSON.stringify(wanted)};\n`);
  const undisturbed = await sweep('undisturbed');
  expect(await undisturbed.ended, undisturbed.output).toBe(0);
  expected = await outcome('undisturbed');
  expect(new Set(expected.weights.map((weights) => JSON.stringify(weights))).size).toBe(seeds.length);
});

/** The rows of a sweep, and for each the values of its model. */
async function outcome(name: string): Promise<typeof expected> {
  const { rows } = table(name);
  const weights = await Promise.all(
    rows.map(async ({ command }) => {
      const { tensors } = await readSafetensors(/--checkpoint (\S+)/.exec(command!)![1]);
      const values = Object.entries(tensors).map(([key, { data }]) => [
        key,
        Buffer.from(data.buffer).toString('base64'),
      ]);
      return Object.fromEntries(values) as Record<string, string>;
    }),
  );
  return { rows, weights };
}

/** Every point is there, once, and is what it is undisturbed. */
async function expectAll(name: string): Promise<void> {
  const { rows, weights } = await outcome(name);
  expect(rows.map(({ point }) => point.options!.seed)).toEqual(seeds);
  expect(weights).toEqual(expected.weights);
  expect(rows.map(({ evaluation }) => evaluation)).toEqual(expected.rows.map(({ evaluation }) => evaluation));
}

/** Nodes on this machine. */
let cluster: { address: string; raylets: number[]; remove(raylet: number): Promise<void>; end(): Promise<void> };

async function startCluster(): Promise<typeof cluster> {
  const child: ChildProcess = spawn(python, [path.join(import.meta.dirname, 'cluster.py')], {
    env: { ...process.env, ...secret },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
  const { address, raylets } = (await next()) as { address: string; raylets: number[] };
  return {
    address,
    raylets,
    async remove(raylet) {
      child.stdin!.write(`${raylet}\n`);
      expect(await next()).toEqual({ removed: raylet });
    },
    async end() {
      child.stdin!.end();
      await new Promise((resolve) => child.on('close', resolve));
    },
  };
}

/** The process that has started another one. */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
}

describe('a sweep on a cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.end());

  it('of which a worker is killed half-way, and then a node is lost, comes to the same', async () => {
    const disturbed = await sweep('disturbed', { more: ['--address', cluster.address] });
    const [, first, worker] = await disturbed.until(/^(\S+): begins on \S+, process (\d+)$/m);
    await disturbed.until(new RegExp(`^${first}: step 1\\d of 40`, 'm'));
    process.kill(Number(worker), 'SIGKILL');
    await disturbed.until(new RegExp(`^${first}: its worker was lost; .* it goes on where it last saved$`, 'm'));

    const [, second, other] = await disturbed.until(
      new RegExp(`^(?!${first})(tiny-faces-\\S+): begins on \\S+, process (\\d+)$`, 'm'),
    );
    await disturbed.until(new RegExp(`^${second}: `, 'm'));
    const raylet = parentOf(Number(other));
    expect(cluster.raylets).toContain(raylet);
    await cluster.remove(raylet);

    expect(await disturbed.ended, disturbed.output).toBe(0);
    expect(disturbed.output.match(/its worker was lost/g)!.length).toBeGreaterThanOrEqual(2);
    await expectAll('disturbed');
  });
});

describe('a sweep on this machine alone', () => {
  it('that is stopped ends what runs, and goes on with the same command', async () => {
    const stopped = await sweep('stopped');
    const [, first, worker] = await stopped.until(/^(\S+): begins on \S+, process (\d+)$/m);
    const name = processName(Number(worker));
    await stopped.until(new RegExp(`^${first}: step 1\\d of 40`, 'm'));
    stopped.stop('SIGINT');
    expect(await stopped.ended, stopped.output).toBe(130);
    expect(stopped.output).toContain('stopped; the same command goes on from here');
    expect(isRunning(name)).toBe(false);

    const again = await sweep('stopped');
    expect(await again.ended, again.output).toBe(0);
    expect(again.output).toMatch(new RegExp(`^${first}: going on from step \\d+$`, 'm'));
    await expectAll('stopped');

    const nothing = await sweep('stopped');
    expect(await nothing.ended).toBe(0);
    expect(nothing.output).not.toContain('Ray is up');
  });

  it('tells why a task has failed, ends with status 1, and has no row of it', async () => {
    const bad = path.join(folder, 'bad', 'seeds.ts');
    const exploding = { ...wanted, options: { rate: 1e38 } };
    mkdirSync(path.dirname(bad));
    writeFileSync(bad, `export default ${JSON.stringify(exploding)};\n`);
    const failing = await sweep('failing', { of: bad });
    expect(await failing.ended).toBe(1);
    expect(failing.output).toMatch(/^✗ tiny-faces-\w+: [^]*the loss of step \d+ is NaN: training has diverged/m);
    expect(failing.output).toContain('✗ tiny-faces: its training failed');
    expect(failing.output).toContain('sweep: 2 tasks failed; the same command tries them again');
    expect(existsSync(path.join(folder, 'failing', 'results'))).toBe(false);
  });

  it('does not begin where no machine has what a task needs', async () => {
    const greedy = await sweep('greedy', { more: ['--gpus', '9'] });
    expect(await greedy.ended).toBe(1);
    expect(greedy.output).toContain('no machine has the 1 CPU and 9 GPU that a task is to have');
  });
});
