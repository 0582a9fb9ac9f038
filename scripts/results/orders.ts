/**
 * `npm run results -- orders`: for chapter 17, faces that are drawn pixel by pixel in a random order, and with those
 * pixels first of which the network is surest.
 */
import {
  type CategoricalNetwork,
  last,
  loadReference,
  pretrained,
  ready,
  type RealFloor,
  sampleCategorical,
} from 'naive-diffusion';
import { type Judged, judgeSamples } from './judge-samples.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { Unfinished } from './unfinished.ts';

const seed = 17;
const checkpoint = 'palette-faces';
const [count, batchSize] = [500, 125];

/** An order, a number of steps with the power that says how few pixels come first, and what its samples are like. */
interface Row extends Origin, Judged {
  order: 'random' | 'surest';
  steps: number;
  power: number;
  floor: RealFloor;
}

await ready();
const results = new ResultFile<Row, 'order' | 'steps' | 'power'>('orders', {
  command: 'npm run results -- orders',
  seed,
  names: ['order', 'steps', 'power'],
});
const jobs = results.missing(
  [
    [16, 1],
    [8, 1],
  ].flatMap(([steps, power]) =>
    (['random', 'surest'] as const).map((order) => ({
      order,
      steps,
      power,
      ...fileOf(checkpoint),
      seed,
      options: { count, batchSize },
    })),
  ),
);

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const { network } = await pretrained<CategoricalNetwork>(checkpoint);
  for (const job of jobs) {
    const { order, steps, power } = job;
    const images = new Unfinished('orders', job, { batches: count / batchSize, batchSize });
    const pixels = await images.complete((batch) =>
      last(sampleCategorical({ network, order, steps, power, count: batchSize, seed: seed * 2 ** 20 + batch })),
    );
    const judged = await judgeSamples(reference, pixels, { seed, resamples: 50 });
    results.put({ ...job, floor: await reference.floor(count), ...judged });
    images.remove();
    console.log(order, steps, power, judged.frechet.distance, judged.recall, judged.combinations.distinct);
  }
  network.dispose();
  reference.dispose();
}
