import {
  Adam,
  clipped,
  dpmSolver2M,
  flow,
  flowSchedule,
  FloatSet,
  type Gaussian,
  gaussian,
  ImageSet,
  karrasLevels,
  key,
  last,
  pretrained,
  type Recipe,
  type residualUnet,
  sample,
  tf,
  trainDenoiser,
  uniformLevels,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';
import { fileOf } from '../results/model.ts';
import { Unfinished } from '../results/unfinished.ts';
import { beginWith } from './begin-with.ts';

const first = beginWith('flow-faces');
const best = 'stable-velocity-faces';
const seed = 17;
/** Pairs of a noise and the face that the best model makes of it, and the evaluations for each. */
const [count, batchSize, evaluations] = [24_000, 125, 12];
const degradation = gaussian({ schedule: flowSchedule() });
const target = flow(degradation);
const seedOf = (batch: number) => seed * 2 ** 20 + batch;

let noises: FloatSet;

/** Chapter 17: straight lines between noises and the faces that they become. The pairs are kept in `runs`. */
export default {
  about: 'flow-faces, rectified: trained on pairs of a noise and the face that stable-velocity-faces makes of it',
  dataset: 'faces',
  card: {
    degradation: degradation.spec,
    target: target.spec,
    sampler: { kind: 'sample', rule: { kind: 'renoise', draw: { kind: 'inferred' } }, levels: [1, 0.5, 0], clip: true },
  },
  steps: 8_000,
  seed,
  data: async () => {
    (await first.read()).network.dispose();
    const pairs = new Unfinished(
      'pairs',
      { ...fileOf(best), seed, count, evaluations },
      {
        batches: count / batchSize,
        batchSize,
      },
    );
    const { network, denoise, degradation: noisy } = await pretrained(best);
    const pixels = await pairs.complete((batch) => {
      if (batch % 16 === 0) console.log(`${batch * batchSize} of ${count} pairs`);
      return last(
        sample({
          denoise: clipped(denoise!),
          degradation: noisy as Gaussian,
          rule: dpmSolver2M,
          levels: karrasLevels((noisy as Gaussian).schedule, { steps: evaluations }),
          count: batchSize,
          seed: seedOf(batch),
        }),
      );
    });
    network.dispose();
    const values = new Float32Array(count * 32 * 32 * 3);
    for (let batch = 0; batch < count / batchSize; batch++) {
      // What a walk with this seed begins with.
      const noise = tf.tidy(() => degradation.draw(key(seedOf(batch), 0), [batchSize, 32, 32, 3]).noise.dataSync());
      values.set(noise, batch * noise.length);
    }
    noises = new FloatSet({ name: 'noises', shape: [32, 32, 3], values });
    return new ImageSet({ name: 'what they become', height: 32, width: 32, channels: 3, pixels });
  },
  network: first.network,
  optimizer: (network, steps) =>
    new Adam(network.weights, { rate: fallingRate(1e-3, steps, 1), warmup: 100, clip: 1, average: 0.999 }),
  train: (run) =>
    trainDenoiser({
      ...run,
      degradation,
      target,
      levels: uniformLevels,
      draws: ({ indices }) => ({ noise: noises.read(indices) }),
      batchSize: 64,
    }),
} satisfies Recipe<ReturnType<typeof residualUnet>, ImageSet>;
