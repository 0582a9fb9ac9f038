import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { writeWhole } from 'naive-diffusion';
import { environment } from '../environment.mjs';
import { parseJson } from '../read-json.ts';
import { withLock } from '../setup/lock.mjs';
import { root, scratch, venvProgram } from '../setup/paths.mjs';
import { describeProblem, Problem } from '../setup/problem.mjs';
import { installPythonPackages } from '../setup/python-packages.mjs';
import { pythonEnvironment } from '../setup/python.mjs';
import { checkListens } from './address.ts';
import type { Evaluation, Training } from './plan.ts';

/** Where Ray is. */
const prefix = path.join(root, '.venv-sweep');

/** How tasks are run. */
export interface Cluster {
  /** One that is running, instead of this machine alone. */
  address?: string;
  /** What each task is to have. */
  cpus: number;
  gpus: number;
  /** How often a task is begun again whose worker or machine is lost. */
  retries: number;
}

const text = v.string();
/** What scripts/sweep/run.py tells. */
const Event = v.variant('event', [
  v.object({ event: v.literal('up'), machines: v.number(), CPU: v.number(), GPU: v.number() }),
  v.object({
    event: v.literal('started'),
    task: text,
    host: text,
    process: v.number(),
    shares: v.boolean(),
    goesOn: v.boolean(),
  }),
  v.object({ event: v.literal('line'), task: text, line: text }),
  v.object({ event: v.literal('done'), task: text }),
  v.object({ event: v.literal('failed'), task: text, error: text }),
]);
export type Event = v.InferOutput<typeof Event>;

/** Installs Ray where it lacks. */
export async function installRay(tell: (line: string) => void): Promise<void> {
  const packages = {
    requirements: path.join(root, 'scripts', 'sweep', 'requirements.txt'),
    what: 'Ray',
    program: 'ray',
    needs: 'about 300 MB',
  };
  const begin = () => {
    tell('Ray, which runs the tasks, is fetched once: 80 MB to download, 290 MB in .venv-sweep …');
  };
  try {
    await withLock(
      path.join(scratch, 'setup.lock'),
      () => installPythonPackages(prefix, packages, begin),
      (holder) => {
        tell(`Waiting for another set-up (process ${holder}) to end …`);
      },
    );
  } catch (error) {
    if (error instanceof Problem) throw new Error(describeProblem(error), { cause: error });
    throw error;
  }
}

/**
 * Runs trainings and evaluations as tasks of Ray, and tells what happens to them.
 * @param folder of the sweep
 * @param work.signal ends what runs, in order, as soon as it is aborted
 * @throws {Error} when Ray itself fails
 */
export async function runTasks(
  folder: string,
  work: {
    trainings: Training[];
    evaluations: Evaluation[];
    cluster: Cluster;
    signal: AbortSignal;
    tell: (event: Event) => void;
  },
): Promise<void> {
  const { trainings, evaluations, cluster, signal, tell } = work;
  if (cluster.address) await checkListens(cluster.address);
  const file = path.join(folder, 'plan.json');
  const threads = String(Math.max(1, Math.floor(cluster.cpus)));
  const plan = {
    ...cluster,
    address: cluster.address ?? null,
    trainings,
    evaluations,
    folder,
    root: process.cwd(),
    scripts: path.join(root, 'scripts'),
    node: path.dirname(process.execPath),
    tsx: import.meta.resolve('tsx'),
    /** What shows a task that it sees this folder, and no other of its name. */
    token: randomBytes(8).toString('hex'),
    defaults: {
      ...environment,
      TF_NUM_INTRAOP_THREADS: threads,
      ...(cluster.gpus < 1 && { TF_FORCE_GPU_ALLOW_GROWTH: 'true' }),
    },
    environment: ownSettings(),
  };
  writeWhole('sweep', file, JSON.stringify(plan));
  const python = spawn(venvProgram('python', prefix), [path.join(import.meta.dirname, 'run.py'), file], {
    env: rayEnvironment(cluster.address),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stop = () => python.stdin.end();
  signal.addEventListener('abort', stop);
  let errors: string;
  try {
    errors = await follow(python, tell);
  } finally {
    signal.removeEventListener('abort', stop);
    python.stdin.end(); // where an event could not be told, the tasks end all the same
    python.stdout.resume();
  }
  if (python.exitCode === 0 || signal.aborted) return;
  throw new Error(`sweep: Ray ended with ${python.exitCode ?? python.signalCode}:\n${errors.trim()}`);
}

/** Tells the events until it ends; returns what else it has printed. */
async function follow(python: ChildProcess, tell: (event: Event) => void): Promise<string> {
  let errors = '';
  python.stderr!.on('data', (more: Buffer) => {
    errors = (errors + more.toString()).slice(-10_000);
  });
  const ended = new Promise<void>((resolve, reject) => {
    python.on('error', reject);
    python.on('close', () => {
      resolve();
    });
  });
  ended.catch(() => {}); // it is awaited below, after all that is printed
  for await (const line of createInterface(python.stdout!)) {
    if (line.startsWith('{')) tell(parseJson(line, Event, 'sweep: what Ray tells'));
  }
  await ended;
  return errors;
}

/** The variables that the commands of the project look at, which are to be the same on all machines. */
function ownSettings(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => /^(NAIVE_DIFFUSION_|TF_|QUICK$)/.test(name));
  return Object.fromEntries(own) as Record<string, string>;
}

/** Ray tells nobody of its use. */
function rayEnvironment(address?: string): NodeJS.ProcessEnv {
  const quiet = { ...pythonEnvironment(), RAY_USAGE_STATS_ENABLED: '0' };
  return address ? quiet : { ...quiet, ...onlyHere() };
}

/**
 * The variables of a cluster that is of this machine alone: it listens on the loopback, which is what Ray does where it
 * makes no clusters of machines, and answers nobody without this token.
 */
export function onlyHere(): Record<string, string> {
  return {
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: randomBytes(32).toString('hex'),
  };
}
