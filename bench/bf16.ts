/**
 * `npm run bench:bf16`: what convolutions in bfloat16 (`NAIVE_DIFFUSION_BF16=1`) change in what networks return and
 * learn. What they do to the time, `NAIVE_DIFFUSION_BF16=1 npm run bench -- --workloads ab` says.
 */
import {
  binomial,
  binomialWalk,
  describeBackend,
  type ImageSet,
  key,
  loadFaces,
  type Network,
  networks,
  Random,
  ready,
  tf,
  trainNaive,
} from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { type Batch, learnByHeart, type OutputAndLosses } from './by-heart.ts';
import { workloads } from './workloads.ts';

const STEPS = 20; // of training on one batch
const RUN = 500; // training steps of a run, and of its last ones the mean loss is compared
const LAST = 160;
const settings = { float32: '0', bfloat16: '1' };

const command = commandLine(
  'npm run bench:bf16 --',
  'What convolutions in bfloat16 change in what networks return and learn.',
);

async function main(): Promise<void> {
  await ready();
  console.log(describeBackend());
  const data = await loadFaces();
  const x0 = data.images({ end: 64 });
  const t = tf.linspace(0, 1, 64);
  const z = tf.tidy(() => binomial().at(binomial().draw(key(1), x0.shape), x0, t));

  for (const name of ['a', 'b'] as const) {
    const exact = await outputAndLosses(name, settings.float32, { z, t, x0 });
    const rounded = await outputAndLosses(name, settings.bfloat16, { z, t, x0 });
    const largest = exact.output.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    const off = exact.output.reduce((max, v, i) => Math.max(max, Math.abs(v - rounded.output[i])), 0) / largest;
    const loss = (step: number) =>
      (Math.abs(rounded.losses[step] - exact.losses[step]) / exact.losses[step]).toExponential(0);
    console.log(
      `(${name}) the output differs by ${off.toExponential(0)} of its largest value, the loss by ${loss(0)} at first, ${loss(1)} after 1 step and ${loss(STEPS)} after ${STEPS}`,
    );
  }
  for (const [label, value] of Object.entries(settings)) {
    const losses: string[] = [];
    for (const seed of [1, 2]) losses.push((await trained(value, seed, data)).toFixed(5));
    console.log(
      `(a) mean loss of the last ${LAST} of ${RUN} training steps in ${label}, from two seeds: ${losses.join(', ')}`,
    );
  }
}

/** What a network returns for the batch, and its losses while it learns that batch by heart. */
async function outputAndLosses(name: 'a' | 'b', value: string, batch: Batch): Promise<OutputAndLosses> {
  process.env.NAIVE_DIFFUSION_BF16 = value;
  const network = (await networks.make({ ...workloads[name].config })) as Network;
  shake(network);
  const made = learnByHeart(network, batch, STEPS);
  network.dispose();
  return made;
}

/** Moves all weights a little: those that start at zero would hide what comes before them. */
function shake(network: Network): void {
  const random = new Random(1);
  tf.tidy(() => {
    for (const weight of network.weights) {
      const moves = Float32Array.from({ length: weight.size }, () => 0.02 * (random.uniform() - 0.5));
      weight.assign(tf.add(weight, tf.tensor(moves, weight.shape)));
    }
  });
}

async function trained(value: string, seed: number, data: ImageSet): Promise<number> {
  process.env.NAIVE_DIFFUSION_BF16 = value;
  const { config, T, pixels, batch } = workloads.a;
  const network = (await networks.make({ ...config })) as Network;
  let sum = 0;
  for await (const { step, loss } of trainNaive({
    network,
    data,
    walk: binomialWalk({ pixels }),
    walkSteps: T,
    steps: RUN,
    batchSize: batch,
    seed,
  })) {
    if (step > RUN - LAST) sum += loss;
  }
  network.dispose();
  return sum / LAST;
}

await start(command, main);
