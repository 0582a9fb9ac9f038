/**
 * `npm run bench:workers`: how long a training step takes with several processes on the cores of this machine, what
 * they send, and a plan of how long it would take on several machines, from what one takes for shares of the batch.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { describeBackend, lineChart, ready, writeWhole } from 'naive-diffusion';
import { FONT } from '../lib/src/display/theme.js';
import { drawFigures } from '../lib/src/platform/node/figures.js';
import { commandLine, start, wholeNumber } from '../scripts/command-line.ts';
import { median } from '../scripts/median.ts';
import { parseJson } from '../scripts/read-json.ts';
import { withSection } from './section.ts';
import { short } from './table.ts';
import type { Asked } from './workers-worker.ts';
import { workloads } from './workloads.ts';

const here = import.meta.dirname;
const command = commandLine(
  'npm run bench:workers --',
  'Times training steps of several processes on this machine, and plans those of several machines.',
)
  .option('--steps <n>', 'steps that are timed in a round', wholeNumber(), 10)
  .option('--rounds <n>', 'rounds, in turns', wholeNumber(), 3);

const Taken = v.object({
  seconds: v.number(),
  waited: v.number(),
  bytes: v.number(),
  onLoopback: v.number(),
  numbers: v.number(),
});
type Taken = v.InferOutput<typeof Taken>;

const batch = 64;
const counts = [1, 2, 4];
const shares = [64, 32, 16, 8];
const letters = ['a', 'b'] as const;
/** Bits a second of the networks that are planned for. */
const speeds = { '1 Gbit/s': 1e9, '10 Gbit/s': 1e10 };

/** Ports of the loopback at which nobody listens. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

/** Runs as many processes as there are ports, each with one thread on one core, or one with all of them. */
async function take(
  asked: Omit<Asked, 'ports' | 'task' | 'warmUp'>,
  count: number,
  hasAllCores = false,
): Promise<Taken> {
  const ports = await freePorts(count);
  const children: ChildProcess[] = [];
  const all = ports.map(async (_, task) => {
    const text = JSON.stringify({ ...asked, warmUp: 4, ports, task } satisfies Asked);
    const program = [process.execPath, '--import', 'tsx', path.join(here, 'workers-worker.ts'), text];
    const core = String(task % os.availableParallelism());
    const [file, ...args] = hasAllCores ? program : ['taskset', '-c', core, ...program];
    const env = { ...process.env, ...(!hasAllCores && { TF_NUM_INTRAOP_THREADS: '1' }) };
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    children.push(child);
    let output = '';
    child.stdout.on('data', (some: Buffer) => (output += some.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code !== 0) throw new Error(`bench: a process ended with ${code ?? signal}`);
    return parseJson(output, Taken, 'bench/workers-worker.ts');
  });
  try {
    const [first] = await Promise.all(all);
    return first;
  } finally {
    for (const child of children) child.kill(); // those that wait for one that failed
  }
}

/** What came of one way to take a step, over all rounds. */
interface Row extends Taken {
  count: number;
}

interface Measured {
  about: string;
  /** Processes on one core each, or on what is left of it. */
  processes: Row[];
  /** One process with all cores, for a share of the batch. */
  ofShares: { share: number; seconds: number }[];
}

/** All rounds of one workload, in turns. */
async function measure(workload: 'a' | 'b', { steps, rounds }: { steps: number; rounds: number }): Promise<Measured> {
  const together = new Map<number, Taken[]>(counts.map((count) => [count, []]));
  const ofShares = new Map<number, number[]>(shares.map((share) => [share, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [count, taken] of together) taken.push(await take({ workload, batch, steps }, count));
    for (const [share, seconds] of ofShares)
      seconds.push((await take({ workload, batch: share, steps }, 1, true)).seconds);
    console.log(`(${workload}) round ${round + 1} of ${rounds}`);
  }
  return {
    about: workloads[workload].about,
    processes: [...together].map(([count, taken]) => ({
      ...taken[0],
      count,
      seconds: median(taken.map(({ seconds }) => seconds)),
      waited: median(taken.map(({ waited }) => waited)),
    })),
    ofShares: [...ofShares].map(([share, seconds]) => ({ share, seconds: median(seconds) })),
  };
}

/** Seconds of a step on several machines: those of its share, and those that its bytes take. */
function planned({ ofShares, processes }: Measured, count: number, bits: number): number {
  const { seconds } = ofShares.find(({ share }) => share === batch / count)!;
  return seconds + (((2 * (count - 1)) / count) * 4 * processes[0].numbers * 8) / bits;
}

const machines = shares.map((share) => batch / share);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

function tables(measured: Record<string, Measured>, heading: string): string {
  const rows = Object.entries(measured).flatMap(([letter, { about, processes }]) =>
    processes.map(({ count, seconds, waited, bytes, onLoopback }) => {
      const seen = onLoopback > 0 ? megabytes(onLoopback) : 'not seen';
      return `| (${letter}) ${about} | ${count} | ${short(seconds)} | ${short(waited)} | ${megabytes(bytes)} | ${seen} |`;
    }),
  );
  const plans = Object.entries(measured).flatMap(([letter, one]) =>
    machines.map((count) => {
      const { seconds } = one.ofShares.find(({ share }) => share === batch / count)!;
      const expected = Object.values(speeds).map((bits) => {
        const step = planned(one, count, bits);
        return `${short(step)} (${(one.ofShares[0].seconds / step).toFixed(2)})`;
      });
      return `| (${letter}) ${one.about} | ${count} | ${short(seconds)} | ${expected.join(' | ')} |`;
    }),
  );
  return `${heading}

| training step, of ${batch} images in all | processes | ms a step | of these, waits | MB that each sends | MB that all send, on the wire |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

**A plan, and no measurement**: what a step would take on several machines like this one, if nothing else happened than what one machine takes
for its share of the batch, which is measured, and the time of its bytes on a network of some speed. Delays of the network, and machines that
wait for the slowest of them, are left out. In brackets: how many times faster than one machine.

| training step, of ${batch} images in all | machines | ms for a share, measured | ${Object.keys(speeds).join(', planned | ')}, planned |
| --- | ---: | ---: |${' ---: |'.repeat(Object.keys(speeds).length)}
${plans.join('\n')}

![The plan: how many times faster by how many machines](workers.png)
`;
}

/** Draws the plan. */
async function draw(measured: Record<string, Measured>): Promise<Uint8Array> {
  const series = Object.fromEntries([
    ['as many times faster as there are machines', machines],
    ...Object.entries(measured).flatMap(([letter, one]) =>
      Object.entries(speeds).map(([name, bits]) => [
        `(${letter}) at ${name}`,
        machines.map((count) => one.ofShares[0].seconds / planned(one, count, bits)),
      ]),
    ),
  ]) as Record<string, number[]>;
  const { json } = lineChart({
    x: machines,
    series,
    title: 'A plan: how many times faster is a training step?',
    caption:
      'Computed from what one machine takes for a share of the batch and from the bytes that are sent; nothing here was measured on several machines.',
    xTitle: 'machines',
    yTitle: 'times faster than one',
  });
  const [drawn] = await drawFigures([json], { font: FONT, caller: 'bench' });
  return drawn;
}

async function main({ steps, rounds }: { steps: number; rounds: number }): Promise<void> {
  const readme = path.join(here, 'README.md');
  withSection(readFileSync(readme, 'utf8'), 'workers', '', readme); // throws now, not after an hour
  await ready();
  const machine = `${os.cpus()[0].model}, ${os.availableParallelism()} cores`;
  const date = new Date().toISOString().slice(0, 10);
  const load = os.loadavg()[1].toFixed(1);
  const measured: Record<string, Measured> = {};
  for (const letter of letters) measured[letter] = await measure(letter, { steps, rounds });
  writeWhole(
    'bench',
    path.join(here, 'workers.json'),
    `${JSON.stringify({ date, machine, load, measured }, null, 2)}\n`,
  );
  const heading = `Measured on ${date}, ${machine}. ${describeBackend()}. ${rounds} rounds in turns, of which the median counts. One process has one core; two have one each; four share them. Before it began, ${load} processes wanted to run on the machine.`;
  writeWhole('bench', readme, withSection(readFileSync(readme, 'utf8'), 'workers', tables(measured, heading), readme));
  writeWhole('bench', path.join(here, 'workers.png'), await draw(measured));
}

/** In a network of its own, where that can be had, nothing but the benchmark sends bytes over the loopback. */
function isAlone(): boolean {
  return process.env.NAIVE_DIFFUSION_BENCH_ALONE === '1' || spawnSync('unshare', ['-rn', 'true']).status !== 0;
}

await start<{ steps: number; rounds: number }>(command, async (options) => {
  if (isAlone()) return main(options);
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, NAIVE_DIFFUSION_BENCH_ALONE: '1' },
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`bench: ended with ${code}`);
});
