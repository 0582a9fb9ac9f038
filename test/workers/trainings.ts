/**
 * trainings.ts TASK ADDRESS…: a few steps of every trainer together with the processes at the addresses, or alone and
 * without `workers` where there are none. Prints what came of it as one line of JSON.
 */
import {
  Adam,
  autoencoder,
  binomial,
  binomialWalk,
  categoricalUnet,
  classifier,
  gaussian,
  ImageSet,
  key,
  type Model,
  optimalDenoiser,
  ready,
  residualUnet,
  squaredLoss,
  stableTarget,
  stratifiedLevels,
  tf,
  train,
  trainAutoencoder,
  trainCategorical,
  trainClassifier,
  trainConsistency,
  trainDenoiser,
  trainHybrid,
  trainNaive,
  uniform,
  unet,
  velocity,
  type Workers,
} from 'naive-diffusion';
import { join } from 'naive-diffusion/workers';

/** What came of one training. */
export interface Outcome {
  losses: number[];
  weights: number[];
  /** How many tensors more there were in the end. */
  left: number;
}

const [task, ...addresses] = process.argv.slice(2);
const workers = addresses.length > 0 ? await join({ workers: addresses, task: Number(task) }) : undefined;
await ready();

const pixels = tf.tidy(() => tf.mul(uniform(key(4), [11, 8, 8, 1]), 255).dataSync());
const data = new ImageSet({ name: 'noise', pixels: Uint8Array.from(pixels), height: 8, width: 8, channels: 1 });
// Batches of 4, 4 and 3, and another of 4: 2 and 3 workers get unequal shares, and one of 4 gets none of the third.
const common = { data, steps: 4, batchSize: 4, seed: 3, workers };
const shape = { size: 8, channels: 1, widths: [4, 6], dense: 8, seed: 2 };
const residual = { ...shape, widths: [8, 8], blocks: 1, groups: 4, embedding: 8 };
const noisy = gaussian();

/** A training with its network: both are made when its turn comes. */
function training<M extends Model>(
  network: M,
  begin: (network: M, optimizer: Adam) => AsyncIterable<{ loss: number }>,
) {
  // Where a gradient is nothing but rounding, Adam without such an epsilon takes whole steps all the same.
  const optimizer = new Adam(network.weights, { rate: 1e-3, epsilon: 1e-4, clip: 1, warmup: 2, average: 0.9 });
  return { network, optimizer, turns: begin(network, optimizer) };
}

const trainings = {
  train: () =>
    training(unet(shape), (network, optimizer) =>
      train({
        ...common,
        network,
        optimizer,
        inputs: ({ indices }) => ({ share: tf.tensor1d(Array.from(indices, (at) => 1 / (at + 1))) }),
        objective: (k, x0, { share }) =>
          squaredLoss(network(tf.mul(x0, tf.mul(uniform(k, x0.shape), tf.reshape(share, [-1, 1, 1, 1]))), 0.5), x0),
      }),
    ),
  trainDenoiser: () =>
    training(unet(shape), (network, optimizer) =>
      trainDenoiser({ ...common, network, optimizer, degradation: binomial(), levels: stratifiedLevels }),
    ),
  stableTarget: () =>
    training(residualUnet({ ...residual, output: 'linear' }), (network, optimizer) => {
      const teacher = optimalDenoiser({ data, degradation: noisy });
      const target = stableTarget({ target: velocity(noisy), teacher, share: 0.4 });
      return trainDenoiser({ ...common, network, optimizer, degradation: noisy, target, constants: teacher.constants });
    }),
  trainNaive: () =>
    training(unet(shape), (network, optimizer) =>
      trainNaive({ ...common, network, optimizer, walk: binomialWalk({ pixels: 4 }), walkSteps: 4 }),
    ),
  trainCategorical: () =>
    training(categoricalUnet({ ...residual, palette: [[0], [0.3], [0.6], [1]] }), (network, optimizer) =>
      trainCategorical({ ...common, network, optimizer }),
    ),
  trainClassifier: () =>
    training(
      classifier({ size: 8, channels: 1, widths: [8, 8], features: 8, heads: { side: ['left', 'right'] }, seed: 2 }),
      (network, optimizer) => {
        const labels = { side: Uint8Array.from({ length: 11 }, (_, i) => i % 2) };
        return trainClassifier({ ...common, network, optimizer, labels, shift: 1, noise: 0.1 });
      },
    ),
  trainHybrid: () =>
    training(residualUnet({ ...residual, outputs: 2, output: 'linear' }), (network, optimizer) =>
      trainHybrid({ ...common, network, optimizer, degradation: noisy, chain: 10, chances: [1, 2] }),
    ),
  trainConsistency: () =>
    training(residualUnet({ ...residual, output: 'linear' }), (network, optimizer) =>
      trainConsistency({ ...common, network, optimizer, degradation: noisy }),
    ),
  trainAutoencoder: () =>
    training(autoencoder({ size: 8, channels: 1, widths: [8, 8], seed: 2 }), (network, optimizer) =>
      trainAutoencoder({ ...common, network, optimizer }),
    ),
};

/** Takes the steps of one training. */
async function outcomeOf(begin: () => ReturnType<typeof training>): Promise<Outcome> {
  const losses: number[] = [];
  const { network, optimizer, turns } = begin();
  const before = tf.memory().numTensors;
  for await (const { loss } of turns) losses.push(loss);
  const left = tf.memory().numTensors - before;
  const weights = network.weights.flatMap((weight) => [...weight.dataSync()]);
  optimizer.dispose();
  network.dispose();
  return { losses, weights, left };
}

const outcomes: Record<string, Outcome> = {};
for (const [name, begin] of Object.entries(trainings)) outcomes[name] = await outcomeOf(begin);
const traffic: Workers['traffic'] | undefined = workers && { ...workers.traffic };
await workers?.leave();
console.log(JSON.stringify({ outcomes, traffic }));
