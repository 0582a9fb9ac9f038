/**
 * `npm run results -- draws-kept`: what chapter 5 says of faces drawn from predicted probabilities, by the number of
 * steps and by what is done against speckle.
 */
import { evaluate, type Evaluation, loadReference, pretrained, ready, sampleSet } from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 5;
const file = fileOf('palette-faces');
const corrector = { rounds: 2, parts: 8, temperature: 0.7 };

/** The quick ones first; the last reveals one pixel in each step. */
const ways: Record<string, object> = {
  'S = 4': { steps: 4 },
  'S = 16': { steps: 16 },
  'S = 64': { steps: 64 },
  'S = 64, few pixels first': { steps: 64, power: 2 },
  'S = 64, few pixels first, corrector': { steps: 64, power: 2, corrector },
  'S = 256': { steps: 256 },
  'S = 1024': { steps: 1024 },
};

/** One way of sampling, and what all metrics say of the samples. */
interface Row extends Origin {
  way: string;
  /** Steps of training. */
  steps: number;
  /** Seconds of processor time for one sample, on all cores together. */
  processorSeconds: number;
  evaluation: Evaluation;
}

await ready();
const results = new ResultFile<Row, 'way'>('draws-kept', {
  command: 'npm run results -- draws-kept',
  seed,
  names: ['way'],
});
const jobs = results.missing(
  Object.entries(ways).map(([way, options]) => ({
    way,
    ...file,
    seed,
    options: { sampler: { kind: 'palette', ...options }, count: 256, batchSize: 128 },
  })),
);
if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const model = await pretrained(file.checkpoint);
  for (const job of jobs) {
    const before = process.cpuUsage();
    const images = await sampleSet({ model, seed, ...job.options });
    const { user, system } = process.cpuUsage(before);
    const processorSeconds = (user + system) / 1e6 / images.length;
    const evaluation = await evaluate({ images, reference, seed });
    results.put({ ...job, steps: model.notes.steps as number, processorSeconds, evaluation });
    console.log(
      job.way,
      evaluation.likeness.frechet.distance,
      JSON.stringify(evaluation.variety.imbalance),
      JSON.stringify(evaluation.sharpness),
    );
  }
  model.network.dispose();
  reference.dispose();
}
