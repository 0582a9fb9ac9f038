/**
 * `npm run bench:memory`: resident memory over 10,000 training steps, and over 10,000 samples, which should not grow.
 * The part that V8 holds for JavaScript's objects is shown apart: it takes more room than it uses, and gives it back
 * when it sees fit.
 */
import {
  binomialWalk,
  checkpointOf,
  describeBackend,
  loadFaces,
  type Network,
  networks,
  ready,
  sampleModel,
  trainNaive,
  unet,
} from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { workloads } from './workloads.ts';

interface Seen {
  resident: number;
  heap: number;
}
const look = (): Seen => {
  const { rss, heapTotal } = process.memoryUsage();
  return { resident: rss / 2 ** 20, heap: heapTotal / 2 ** 20 };
};
const say = (what: string, seen: Seen[]) => {
  const megabytes = (of: (s: Seen) => number) => `${seen.map((s) => of(s).toFixed(0)).join(', ')} MB`;
  console.log(
    `after 2,000, 4,000, … 10,000 ${what}: ${megabytes((s) => s.resident)}; of that JavaScript's heap ${megabytes((s) => s.heap)}; the rest ${megabytes((s) => s.resident - s.heap)}`,
  );
};

const command = commandLine(
  'npm run bench:memory --',
  'Resident memory over 10,000 training steps, and over 10,000 samples, which should not grow.',
);

async function main(): Promise<void> {
  await ready();
  console.log(describeBackend());
  const data = await loadFaces();
  const { config, T, pixels } = workloads.a;

  let seen: Seen[] = [];
  const small = unet({ ...config, widths: [8, 16], dense: 0 });
  for await (const { step } of trainNaive({
    network: small,
    data,
    walk: binomialWalk({ pixels }),
    walkSteps: T,
    steps: 10_000,
    batchSize: 8,
  })) {
    if (step % 2000 === 0) seen.push(look());
  }
  say('training steps', seen);
  small.dispose();

  seen = [];
  const network = (await networks.make({ ...config })) as Network;
  const model = await checkpointOf(network, { network: { ...config }, sampler: { kind: 'naive', steps: 4 } });
  for await (const { done } of sampleModel({ model, count: 10_000, batchSize: 250 })) {
    if (done % 2000 === 0) seen.push(look());
  }
  say('samples', seen);
}

await start(command, main);
