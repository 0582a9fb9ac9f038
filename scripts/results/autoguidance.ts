/**
 * `npm run results -- autoguidance`: what chapter 13 says of its best model, led away from a worse one: a whole
 * evaluation for each weight, beside that of the model alone.
 */
import {
  clipped,
  evaluate,
  type Evaluation,
  guide,
  ImageSet,
  loadReference,
  pretrained,
  ready,
  sampleSet,
  weightWithin,
} from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { Unfinished } from './unfinished.ts';

/** As in the evaluation of the model alone, so that both start from the same noise; and another seed. */
const [seed, other] = [1, 2];
const [count, batchSize] = [2_500, 250];
const [name, worseName] = ['stable-velocity-faces', 'early-velocity-faces'];
/** Below which level it is led. */
const high = 0.75;

/** One weight, and what the samples are like. */
interface Row extends Origin {
  weight: number;
  frechet: Evaluation['likeness']['frechet'];
  precision: number;
  recall: number;
  combinations: { distinct: number; expected: number };
  imbalance: Evaluation['variety']['imbalance'];
  /** By value: its share of the samples, as many times that of the data. */
  factors: Record<string, number>;
}

await ready();
const results = new ResultFile<Row, 'weight' | 'seed'>('autoguidance', {
  command: 'npm run results -- autoguidance',
  seed,
  names: ['weight', 'seed'],
});
const wanted = [
  [1.8, seed],
  [1.8, other],
] as const;
const jobs = results.missing(
  wanted.map(([weight, seed]) => ({
    weight,
    ...fileOf(name),
    seed,
    options: { worse: fileOf(worseName), count, batchSize, high },
  })),
);

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const [best, early] = [await pretrained(name), await pretrained(worseName)];
  for (const job of jobs) {
    const weight = weightWithin({ weight: job.weight, low: 0, high });
    // Its sampler, as the card says, with what is led in the model's place.
    const led = { ...best, denoise: guide({ wanted: clipped(best.denoise!), plain: clipped(early.denoise!), weight }) };
    const samples = new Unfinished('autoguidance', job, { batches: count / batchSize, batchSize });
    const pixels = await samples.complete(async (batch) => {
      const only = { skip: batch, count: (batch + 1) * batchSize };
      return (await sampleSet({ model: led, batchSize, seed: job.seed, ...only })).images();
    });
    const images = new ImageSet({ name, height: 32, width: 32, channels: 3, pixels });
    const { likeness, variety } = await evaluate({ images, reference, seed: job.seed });
    const { distinct, expected } = variety.combinations;
    const factors = Object.entries(variety.attributes).flatMap(([attribute, values]) =>
      values.map(({ value, factor }) => [`${attribute} ${value}`, factor] as const),
    );
    results.put({
      ...job,
      frechet: likeness.frechet,
      precision: likeness.precision,
      recall: likeness.recall,
      combinations: { distinct, expected },
      imbalance: variety.imbalance,
      factors: Object.fromEntries(factors),
    });
    samples.remove();
    console.log(
      job.weight,
      job.seed,
      likeness.frechet.distance,
      likeness.recall,
      distinct,
      JSON.stringify(variety.imbalance),
    );
  }
  best.network.dispose();
  early.network.dispose();
  reference.dispose();
}
