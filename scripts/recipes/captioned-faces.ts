import {
  Adam,
  assignWeights,
  type Batch,
  cosineSchedule,
  denseResidualConfig,
  type FaceSet,
  gaussian,
  loadFaces,
  pretrained,
  readWeights,
  type Recipe,
  residualUnet,
  splitKey,
  squaredLoss,
  tf,
  train,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';
import { learnToRead } from './captioned/reading.ts';
import { inManyWords, tell } from './captioned/telling.ts';
import { sharesOf, whereItShows } from './captioned/where-it-shows.ts';
import { attributeValues, decisive, givenOf, shape } from './captioned/words.ts';
import { cardInSixteen } from './card-in-sixteen.ts';

type Network = ReturnType<typeof residualUnet>;

const start = 'stable-velocity-faces';
const degradation = gaussian({ schedule: cosineSchedule() });
const target = velocity(degradation);
/** The share of the loss in which pixels count by how much of what has been said shows in them. */
const shown = 0.6;

/** The weights to start from, once they have been read. */
let before: Awaited<ReturnType<typeof readWeights>> | undefined;

/**
 * The training of a denoiser in which pixels do not count alike. What is best to answer in a pixel does not depend on
 * what it counts; but glasses are small, and a moustache is smaller.
 */
async function* learn(run: Parameters<Recipe<Network, FaceSet>['train']>[0]) {
  const [height, width, channels] = run.data.shape;
  const manner = inManyWords(run.data);
  const maps = tf.tidy(() => tf.concat2d([whereItShows(run.data), tf.ones([1, height * width * channels])], 0));
  try {
    yield* train({
      ...run,
      batchSize: 256,
      constants: [maps],
      inputs: (batch: Batch) => {
        const told = tell(run.data, batch, manner);
        return { ...givenOf(run.data, told), shares: sharesOf(told.said, shown) };
      },
      objective: (key, x0, { shares, ...given }) => {
        const [levelKey, drawKey] = splitKey(key, 2);
        const t = decisive(levelKey, x0.shape[0]);
        const draw = degradation.draw(drawKey, x0.shape);
        const answer = run.network(...target.ask!(degradation.at(draw, x0, t), t), given);
        const wanted = target.of({ x0, z: x0, t, draw });
        const root = tf.reshape(tf.sqrt(tf.matMul(shares as tf.Tensor2D, maps)), x0.shape);
        return squaredLoss(tf.mul(answer, root), tf.mul(wanted, root)) as tf.Scalar;
      },
    });
  } finally {
    maps.dispose();
  }
}

/**
 * The model of the velocity, which goes on to learn what is asked for: some attributes by their numbers, or a caption.
 * The published model learnt to read, and took 9 steps, on a processor; it took the others on an NVIDIA H200.
 */
export default {
  about: 'Gaussian diffusion on faces by attributes or captions: stable-velocity-faces, trained on with conditions',
  dataset: 'faces',
  card: cardInSixteen(degradation, target, { clip: true }),
  steps: 6_000,
  seed: 14,
  data: async () => {
    const { network } = await pretrained(start);
    before = await readWeights(network.parameters);
    network.dispose();
    return loadFaces({ split: 'train' });
  },
  network: () => {
    const network = residualUnet({
      ...denseResidualConfig,
      output: 'linear',
      conditions: attributeValues,
      text: { caption: shape },
      seed: 14,
    });
    const isNew = (name: string) => /^(condition|text|told|middle\.told)\./.test(name);
    const old = Object.entries(network.parameters).filter(([name]) => !isNew(name));
    assignWeights(Object.fromEntries(old), before!, start);
    return network;
  },
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: fallingRate(2e-3, steps, 6.5),
      warmup: 100,
      clip: 1,
      average: 0.998,
    }),
  train: async function* (run) {
    if (run.resumeAt === 0) {
      await learnToRead(run.network, run.data, shape);
      for (const [i, average] of run.optimizer.averaged.entries()) average.assign(run.network.weights[i]);
    }
    yield* learn(run);
  },
} satisfies Recipe<Network, FaceSet>;
