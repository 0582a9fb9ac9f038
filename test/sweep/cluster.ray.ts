/** `npm test -- --sweeps`: sweeps on Ray itself, which is fetched for them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EvaluationResult, readSafetensors, type SweepPoint } from 'naive-diffusion';
import { command } from '../../scripts/setup/command.mjs';
import { isRunning, processName } from '../../scripts/setup/processes.mjs';
import { installRay, onlyHere } from '../../scripts/sweep/ray.js';
import { temporaryFolder } from '../setup/support.js';
import { listeners } from '../workers/support.js';
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

/** Writes a sweep of its own to a folder, by the same name as that of all seeds. */
function writeSweep(name: string, what: object): string {
  const of = path.join(folder, `${name}-sweep`, 'seeds.ts');
  mkdirSync(path.dirname(of));
  writeFileSync(of, `export default ${JSON.stringify(what)};\n`);
  return of;
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

/** A cluster on this machine. */
interface Cluster {
  address: string;
  /**
   * Adds a node.
   * @param without a folder of which it has nothing
   * @returns the process number of its raylet
   */
  add(without?: string): Promise<number>;
  /** Loses a node at once. */
  remove(raylet: number): Promise<void>;
  end(): Promise<void>;
}

async function startCluster(): Promise<Cluster> {
  const child: ChildProcess = spawn(python, [path.join(import.meta.dirname, 'cluster.py')], {
    env: { ...process.env, ...secret },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
  const ask = async (line: string) => {
    child.stdin!.write(`${line}\n`);
    return (await next()).raylet as number;
  };
  const { address } = (await next()) as { address: string };
  return {
    address,
    add: (without = '') => ask(`add ${without}`),
    async remove(raylet) {
      expect(await ask(`remove ${raylet}`)).toBe(raylet);
    },
    async end() {
      child.stdin!.end();
      await new Promise((resolve) => child.on('close', resolve));
    },
  };
}

/** Whether this process may hide a folder from another one. */
const canHide = spawnSync('unshare', ['--mount', 'true']).status === 0;

/** The addresses at which a process listens. */
function listens(pid: number): string[] {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkIfThere(`/proc/${pid}/fd/${fd}`));
  return listeners().flatMap(({ host, inode }) => (open.includes(`socket:[${inode}]`) ? [host] : []));
}

/** A process closes files while it is looked at. */
function readlinkIfThere(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

/** The process that has started another one. */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
}

describe('a sweep on a cluster', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.end());

  it('of which a worker is killed half-way, and then a node is lost, comes to the same', async () => {
    const raylets = [await cluster.add(), await cluster.add()];
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
    expect(raylets).toContain(raylet);
    await cluster.remove(raylet);

    expect(await disturbed.ended, disturbed.output).toBe(0);
    expect(disturbed.output.match(/its worker was lost/g)!.length).toBeGreaterThanOrEqual(2);
    await expectAll('disturbed');
  });

  it.skipIf(!canHide)(
    'that loses a machine without the shared folder starts anew, says so, and comes to the same',
    async () => {
      const of = writeSweep('apart', { ...wanted, options: { seed: 2 } });
      const runs = path.join(folder, 'apart-runs');
      mkdirSync(runs);
      const raylet = await cluster.add(runs);
      const apart = await sweep('apart', { of, more: ['--address', cluster.address] });
      await apart.until(
        / does not share the folder of this sweep: what is lost there starts anew on another machine$/m,
      );
      const [, training] = await apart.until(/^(\S+): step 1\d of 40/m);
      expect(existsSync(path.join(runs, 'seeds', 'trainings'))).toBe(false);
      await cluster.remove(raylet);
      await cluster.add();
      await apart.until(new RegExp(`^${training}: its worker was lost; on \\S+, it starts anew$`, 'm'));

      expect(await apart.ended, apart.output).toBe(0);
      const { rows, weights } = await outcome('apart');
      expect(rows.map(({ evaluation }) => evaluation)).toEqual([expected.rows[1].evaluation]);
      expect(weights).toEqual([expected.weights[1]]);
    },
  );

  it('answers nobody without its token', async () => {
    await cluster.add();
    const join = `import ray; ray.init(address="${cluster.address}", log_to_driver=False); print(ray.nodes())`;
    const known = await command(python, ['-c', join], { env: { ...process.env, ...secret } });
    expect(known.stdout).toContain("'Alive': True");
    for (const token of ['0'.repeat(64), undefined]) {
      const env = { ...process.env, ...secret, RAY_AUTH_TOKEN: token, HOME: folder };
      const stranger = await command(python, ['-c', join], { env });
      expect(stranger.code).toBe(1);
      expect(stranger.output).toMatch(/token/i);
      expect(stranger.stdout).not.toContain('Alive');
    }
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

  it('of which the recipe was edited says so before it begins, and then measures again, or not', async () => {
    const own = path.join(folder, 'own');
    mkdirSync(own);
    symlinkSync(path.join(root, 'node_modules'), path.join(own, 'node_modules'));
    const edited = path.join(own, 'tiny-faces.ts');
    const write = (warmup: string) => {
      writeFileSync(
        edited,
        readFileSync(recipe, 'utf8').replace('steps: 40', 'steps: 4').replace('warmup: 10', warmup),
      );
    };
    write('warmup: 10');
    const of = writeSweep('edited', { ...wanted, recipe: edited, options: { seed: 1 } });
    const first = await sweep('edited', { of });
    expect(await first.ended, first.output).toBe(0);
    const [before] = (await outcome('edited')).weights;

    write('warmup: 1');
    const refused = await sweep('edited', { of });
    expect(await refused.ended).toBe(2);
    expect(refused.output).toMatch(/was edited: tiny-faces\. --edited again/);
    expect(refused.output).not.toContain('Ray is up');
    const kept = await sweep('edited', { of, more: ['--edited', 'keep'] });
    expect(await kept.ended, kept.output).toBe(0);
    expect(kept.output).not.toContain('Ray is up');

    const again = await sweep('edited', { of, more: ['--edited', 'again'] });
    expect(await again.ended, again.output).toBe(0);
    expect(again.output).toMatch(/^tiny-faces-[\w-]+: its recipe was edited, so that it begins anew/m);
    const [after] = (await outcome('edited')).weights;
    expect(after).not.toEqual(before);
    const nothing = await sweep('edited', { of });
    expect(await nothing.ended, nothing.output).toBe(0);
    expect(nothing.output).not.toContain('Ray is up');
  });

  it('tells why a task has failed, ends with status 1, and has no row of it', async () => {
    const of = writeSweep('exploding', { ...wanted, options: { rate: 1e38 } });
    const failing = await sweep('failing', { of });
    expect(await failing.ended).toBe(1);
    expect(failing.output).toMatch(/^✗ tiny-faces-[\w-]+: [^]*the loss of step \d+ is NaN: training has diverged/m);
    expect(failing.output).toContain('✗ tiny-faces: its training failed');
    expect(failing.output).toContain('sweep: 2 tasks failed; the same command tries them again');
    expect(existsSync(path.join(folder, 'failing', 'results'))).toBe(false);
  });

  it('listens at no address that another machine reaches', async () => {
    const alone = await sweep('alone');
    const [, worker] = await alone.until(/^\S+: begins on \S+, process (\d+)$/m);
    const raylet = parentOf(Number(worker));
    const addresses = [Number(worker), raylet, parentOf(raylet)].flatMap(listens);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
    alone.stop('SIGINT');
    expect(await alone.ended).toBe(130);
  });

  it('does not begin where no machine has what a task needs', async () => {
    const greedy = await sweep('greedy', { more: ['--gpus', '9'] });
    expect(await greedy.ended).toBe(1);
    expect(greedy.output).toContain('no machine has the 1 CPU and 9 GPU that a task is to have');
  });
});
