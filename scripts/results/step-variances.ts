/**
 * `npm run results -- step-variances`: what chapter 9 says of the two variances of DDPM's step back, by the number of
 * steps.
 */
import {
  evaluate,
  type Evaluation,
  evenLevels,
  loadReference,
  pretrained,
  ready,
  sampleSet,
  type StepVariance,
} from 'naive-diffusion';
import { processorSeconds } from '../processor-time.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 9;
const file = fileOf('gaussian-noise-faces');

/** The quick ones first: a row takes steps · count predictions. */
const wanted: [steps: number, count: number][] = [
  [10, 500],
  [25, 500],
  [50, 500],
  [100, 500],
  [250, 300],
  [1000, 200],
];
const variances: StepVariance[] = ['posterior', 'forward'];

/** One way of sampling, and what all metrics say of the samples. */
interface Row extends Origin {
  variance: StepVariance;
  steps: number;
  /** Steps of training. */
  trained: number;
  /** Seconds of processor time for one sample, on all cores together. */
  processorSeconds: number;
  evaluation: Evaluation;
}

await ready();
const results = new ResultFile<Row, 'variance' | 'steps'>('step-variances', {
  command: 'npm run results -- step-variances',
  seed,
  names: ['variance', 'steps'],
});
const jobs = results.missing(
  wanted.flatMap(([steps, count]) =>
    variances.map((variance) => {
      const levels = evenLevels(steps);
      const sampler = { kind: 'sample', rule: { kind: 'ancestral', variance }, levels, clip: true };
      return { variance, steps, ...file, seed, options: { sampler, count, batchSize: 125 } };
    }),
  ),
);
if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const model = await pretrained(file.checkpoint);
  for (const job of jobs) {
    const before = processorSeconds();
    const images = await sampleSet({ model, seed, ...job.options });
    const each = (processorSeconds() - before) / images.length;
    const evaluation = await evaluate({ images, reference, seed });
    results.put({ ...job, trained: model.notes.steps as number, processorSeconds: each, evaluation });
    const { frechet, recall } = evaluation.likeness;
    console.log(job.variance, job.steps, frechet.distance, recall, evaluation.variety.combinations.distinct);
  }
  model.network.dispose();
  reference.dispose();
}
