/** A process of `npm run bench:workers`: takes training steps, alone or with others, and prints how long they took. */
import { readFileSync } from 'node:fs';
import { binomial, loadFaces, type Network, networks, ready, trainDenoiser } from 'naive-diffusion';
import { join } from 'naive-diffusion/workers';
import { median } from '../scripts/median.ts';
import { workloads } from './workloads.ts';

/** What it is asked for, as its only argument. */
export interface Asked {
  workload: 'a' | 'b';
  /** Images in a step, of all processes together. */
  batch: number;
  warmUp: number;
  steps: number;
  /** The ports of all, of which there is one for a process alone. */
  ports: number[];
  task: number;
}

/** What it prints. */
export interface Taken {
  /** Seconds for a step: the median. */
  seconds: number;
  /** Seconds of a step in which it waits for the others, and bytes that it sends: means. */
  waited: number;
  bytes: number;
  /** Bytes of a step that all have sent over this machine's loopback, if that belongs to this benchmark alone. */
  onLoopback: number;
  /** Numbers that are added up in a step. */
  numbers: number;
}

// eslint-disable-next-line no-restricted-syntax -- the program that starts this one has written it
const { workload, batch, warmUp, steps, ports, task } = JSON.parse(process.argv[2]) as Asked;
const workers = await join({ workers: ports.map(String), task });
await ready();
const network = (await networks.make({ ...workloads[workload].config })) as Network;
const data = await loadFaces();

/** Bytes that have gone over the loopback so far. */
function loopback(): number {
  return Number(/^\s*lo:\s*(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1] ?? NaN);
}

const times: number[] = [];
let at = performance.now();
let before = { ...workers.traffic, loopback: 0 };
for await (const { step } of trainDenoiser({
  network,
  data,
  degradation: binomial(),
  batchSize: batch,
  steps: warmUp + steps,
  workers,
})) {
  if (step === warmUp) before = { ...workers.traffic, loopback: loopback() };
  if (step > warmUp) times.push((performance.now() - at) / 1000);
  at = performance.now();
}
const after = { ...workers.traffic, loopback: loopback() };
await workers.leave();
const taken: Taken = {
  seconds: median(times),
  waited: (after.seconds - before.seconds) / steps,
  bytes: (after.bytes - before.bytes) / steps,
  onLoopback: (after.loopback - before.loopback) / steps,
  numbers: network.weights.reduce((sum, { size }) => sum + size, 0) + 2,
};
console.log(JSON.stringify(taken));
