/**
 * `npm run bench:bf16`: what convolutions in bfloat16 (`NAIVE_DIFFUSION_BF16=1`) change in what networks return and
 * learn. What they do to the time, `NAIVE_DIFFUSION_BF16=1 npm run bench -- --workloads ab` says.
 */
import {
  Adam,
  binomial,
  binomialWalk,
  compile,
  describeBackend,
  type Images,
  type ImageSet,
  key,
  loadFaces,
  type Network,
  networks,
  Random,
  ready,
  squaredLoss,
  tf,
  trainNaive,
} from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { workloads } from './workloads.ts';

const STEPS = 20; // of training on one batch
const RUN = 500; // training steps of a run, and of its last ones the mean loss is compared
const LAST = 160;
const settings = { float32: '0', bfloat16: '1' };

/** Noisy faces, their levels, and what they were. */
interface Batch {
  z: Images;
  t: tf.Tensor1D;
  x0: Images;
}

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
  const made = tf.tidy(() => learnByHeart(network, batch) as unknown as tf.TensorContainer);
  network.dispose();
  return made as unknown as OutputAndLosses;
}

interface OutputAndLosses {
  output: Float32Array;
  losses: number[];
}

function learnByHeart(network: Network, { z, t, x0 }: Batch): OutputAndLosses {
  const random = new Random(1);
  // Weights that start at zero would hide what comes before them.
  for (const w of network.weights)
    w.assign(
      tf.add(
        w,
        tf.tensor(
          Float32Array.from({ length: w.size }, () => 0.02 * (random.uniform() - 0.5)),
          w.shape,
        ),
      ),
    );
  const predict = compile((z: Images, t: tf.Tensor1D) => network(z, t), { state: network.weights });
  const adam = new Adam(network.weights, { clip: 1 });
  const learn = compile(
    (z: Images, t: tf.Tensor1D, x0: Images) => adam.minimize(() => squaredLoss(network(z, t), x0)),
    { state: [...network.weights, ...adam.state] },
  );
  // The first two calls of a compiled function are not compiled yet.
  const output = [0, 1, 2]
    .map(() => predict(z, t))
    .at(-1)!
    .dataSync() as Float32Array;
  const losses = Array.from({ length: STEPS + 3 }, () => (learn(z, t, x0) as tf.Scalar).dataSync()[0]).slice(2);
  predict.dispose();
  learn.dispose();
  adam.dispose();
  return { output, losses };
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
