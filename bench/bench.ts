/** `npm run bench`: how long the library takes, and, with --against-pytorch, how long PyTorch takes for the same. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type BackendInfo, ready, writeSafetensors, writeWhole } from 'naive-diffusion';
import { commandLine, start, wholeNumber } from '../scripts/command-line.ts';
import { median } from '../scripts/median.ts';
import { agree, beginning, faces } from './agreement.ts';
import { checkReference, Worker } from './process.ts';
import type { Agreement, Growth, Result, Side, Times } from './result.ts';
import { growth, type Workload, workloads } from './workloads.ts';

interface Options {
  againstPytorch: boolean;
  compiled: boolean;
  json: boolean;
  growth: boolean;
  workloads: (keyof typeof workloads)[];
  rounds: number;
  out?: string;
}

/** Where both sides compute. */
type Where = Pick<BackendInfo, 'device'>;

const command = commandLine('npm run bench --', 'How long the library takes, and PyTorch for the same.')
  .option('--against-pytorch', 'also times PyTorch, in turns with the library', false)
  .option('--compiled', 'also times torch.compile, which takes some minutes to begin', false)
  .option('--growth', 'also how times grow with batch, size of images and steps', false)
  .option('--json', 'prints one JSON object', false)
  .option('--workloads <letters>', `some of ${Object.keys(workloads).join('')}`, letters, Object.keys(workloads))
  .option('--rounds <n>', 'rounds of each side', wholeNumber(), 7)
  .option('--out <file>', 'writes the JSON object into a file as well');

async function main(options: Options): Promise<void> {
  if (options.compiled) options.againstPytorch = true;
  if (options.againstPytorch) checkReference();
  const say = (text: string) => {
    if (!options.json) console.log(text);
  };
  const { device } = await ready();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'naive-diffusion-bench-'));
  const result: Result = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${os.cpus()[0].model}, ${os.availableParallelism()} cores${device === 'GPU' ? `, ${card()}` : ''}`,
    versions: {},
    ratios: {},
    ratiosCompiled: {},
    workloads: {},
    growth: [],
  };
  const write = () => {
    if (options.out) writeWhole('bench', options.out, `${rounded(result)}\n`);
  };
  try {
    for (const name of options.workloads) {
      const row = await time(workloads[name], name, { ...options, device }, folder, result);
      result.workloads[name] = row;
      const { ours, pytorch, pytorchCompiled } = row.times;
      if (pytorch) result.ratios[name] = pytorch.median / ours!.median;
      if (pytorchCompiled) result.ratiosCompiled[name] = pytorchCompiled.median / ours!.median;
      say(
        `(${name}) ${row.about}: ${Object.entries(row.times)
          .map(
            ([side, t]) =>
              `${side} ${(1000 * t.median).toFixed(1)} ms (${(1000 * t.low).toFixed(1)} to ${(1000 * t.high).toFixed(1)})`,
          )
          .join(', ')}` +
          `${pytorch ? `, ratio ${result.ratios[name].toFixed(2)}` : ''}; memory ${Object.entries(row.megabytes)
            .map(([side, m]) => `${side} ${m} MB`)
            .join(', ')}${row.agreement ? `; agreement ${JSON.stringify(row.agreement)}` : ''}`,
      );
      for (const [side, why] of Object.entries(row.failed ?? {})) say(`(${name}) ${side} failed: ${why}`);
      write(); // what is there is kept if the rest is cut off
    }
    if (options.growth) result.growth = await grow({ ...options, device }, folder, say);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  write();
  if (options.json) console.log(rounded(result));
}

/** A result as JSON, its numbers with four digits. */
function rounded(result: Result): string {
  return JSON.stringify(
    result,
    (_, v: unknown) => (typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(4)) : v),
    1,
  );
}

/** Kinds of workloads whose networks are asked whether they compute the same; test/bench compares the others. */
const comparable: Workload['kind'][] = ['naive', 'clean'];

/** What the driver calls the GPU. */
function card(): string {
  return execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' }).trim();
}

/** Rounds of all sides in turns, so that what disturbs the machine disturbs all of them. */
async function time(
  workload: Workload,
  name: string,
  { againstPytorch, compiled, rounds, device }: Options & Where,
  folder: string,
  result: Result,
): Promise<Result['workloads'][string]> {
  const data = await images(workload.config.size, folder);
  const wanted: Side[] = [
    'ours',
    ...(againstPytorch ? ['pytorch' as const] : []),
    ...(compiled ? ['pytorchCompiled' as const] : []),
  ];
  const sides: { side: Side; worker: Worker; seconds: number[] }[] = [];
  const failed: Partial<Record<Side, string>> = {};
  const workers = wanted.map((side) => new Worker(side === 'ours' ? 'ours' : 'pytorch', { device }));
  /** Gets a side ready; all of them at the same time, since nothing is timed yet. */
  const prepare = async (side: Side, worker: Worker) => {
    try {
      await worker.ask({ do: 'prepare', ...workload, data, compile: side === 'pytorchCompiled' });
      await worker.ask({ do: 'turn', n: workload.warmUp });
    } catch (error) {
      if (side !== 'pytorchCompiled') throw error;
      failed[side] = (error as Error).message.replace(/\s+/g, ' ').slice(0, 200);
    }
  };
  try {
    await Promise.all(wanted.map((side, i) => prepare(side, workers[i])));
    for (const [i, side] of wanted.entries())
      if (failed[side] === undefined) sides.push({ side, worker: workers[i], seconds: [] });
    for (let round = 0; round < rounds; round++) {
      for (const { worker, seconds } of sides)
        seconds.push((await worker.ask({ do: 'turn', n: workload.turns })).seconds! / workload.turns);
    }
    const times: Partial<Record<Side, Times>> = {};
    const megabytes: Partial<Record<Side, number>> = {};
    for (const { side, worker, seconds } of sides) {
      times[side] = { median: median(seconds), low: Math.min(...seconds), high: Math.max(...seconds) };
      const { version, megabytes: used } = await worker.ask({ do: 'about' });
      megabytes[side] = used;
      result.versions[side === 'ours' ? 'ours' : 'pytorch'] = version!;
    }
    const agreement =
      againstPytorch && comparable.includes(workload.kind)
        ? await compare(
            workload,
            folder,
            sides.map(({ worker }) => worker),
          )
        : undefined;
    return {
      about: workload.about,
      times,
      megabytes,
      ...(agreement && { agreement }),
      ...(Object.keys(failed).length && { failed }),
    };
  } catch (error) {
    throw new Error(`bench: workload ${name}: ${(error as Error).message}`, { cause: error });
  } finally {
    for (const worker of workers) worker.end();
  }
}

/** How far apart the two sides are that begin with the same weights, inputs and targets. */
async function compare(workload: Workload, folder: string, workers: Worker[]): Promise<Agreement> {
  const given = await beginning(workload);
  const [a, b] = await Promise.all(workers.slice(0, 2).map((worker) => agree(worker, workload, given, folder)));
  const apart = (name: 'output' | 'losses') =>
    Math.max(...a[name].data.map((v, i) => Math.abs(v - b[name].data[i]))) / Math.max(...b[name].data);
  return { output: apart('output'), loss: apart('losses') };
}

async function grow(
  { againstPytorch, device }: Options & Where,
  folder: string,
  say: (text: string) => void,
): Promise<Growth[]> {
  const rows: Growth[] = [];
  for (const side of ['ours', ...(againstPytorch ? ['pytorch' as const] : [])] as const) {
    for (const [what, numbers] of Object.entries(growth.varied)) {
      const seconds: number[] = [];
      for (const number of numbers) {
        const { batch, size, S } = Object.assign({}, growth.usual, { [what]: number }) as typeof growth.usual;
        const worker = new Worker(side, { device });
        try {
          const config = { ...workloads.d.config, size };
          await worker.ask({ do: 'prepare', kind: 'sample', config, batch, S, data: await images(size, folder) });
          await worker.ask({ do: 'turn', n: 1 });
          const times: number[] = [];
          for (let i = 0; i < 3; i++) times.push((await worker.ask({ do: 'turn', n: 1 })).seconds!);
          seconds.push(median(times) / batch);
        } finally {
          worker.end();
        }
      }
      const exponent = slope(numbers.map(Math.log), seconds.map(Math.log));
      rows.push({ side, what, numbers, seconds, exponent });
      say(
        `${side}, ${what} ${numbers.join(', ')}: ${seconds.map((s) => `${(1000 * s).toFixed(1)} ms`).join(', ')} an image; exponent ${exponent.toFixed(2)}`,
      );
    }
  }
  return rows;
}

/** The slope of the line of least squares. */
function slope(x: number[], y: number[]): number {
  const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0) / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

/** Some faces as a file that both sides read. */
async function images(size: number, folder: string): Promise<string> {
  const file = path.join(folder, `images-${size}.safetensors`);
  if (existsSync(file)) return file;
  const some = await faces(size, 256);
  writeSafetensors(file, {
    tensors: { images: { shape: some.shape, data: some.dataSync() as Float32Array } },
    metadata: {},
  });
  some.dispose();
  return file;
}

function letters(text: string): string[] {
  const wrong = [...text].find((letter) => !(letter in workloads));
  if (wrong) throw new InvalidArgumentError(`expected some of ${Object.keys(workloads).join('')}`);
  return [...text];
}

await start(command, main);
