/**
 * `npm run results -- steps-and-draws`: what chapter 5 says of denoise/renoise's samples, by the number of steps and by
 * where the draws come from.
 */
import { evaluate, type Evaluation, loadReference, pretrained, ready, sampleSet, type Spec } from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 5;
const file = fileOf('denoise-renoise-faces');

const samplers: Record<'fresh' | 'fixed' | 'algorithm 2', (steps: number) => Spec> = {
  fresh: (steps) => ({ kind: 'denoise-renoise', steps, draw: 'fresh' }),
  fixed: (steps) => ({ kind: 'denoise-renoise', steps, draw: 'fixed' }),
  'algorithm 2': (steps) => ({ kind: 'cold', steps, algorithm: 2, draw: 'fixed' }),
};
type Draws = keyof typeof samplers;

/** The quick ones first: a row takes S · count predictions. */
const wanted: [draws: Draws, S: number][] = [
  ['fresh', 1],
  ['fresh', 4],
  ['fresh', 16],
  ['fresh', 64],
  ['fixed', 16],
  ['algorithm 2', 16],
  ['fixed', 64],
  ['algorithm 2', 64],
  ['fresh', 256],
  ['fresh', 1024],
  ['fixed', 256],
  ['algorithm 2', 256],
];

/** One way of sampling, and what all metrics say of the samples. */
interface Row extends Origin {
  draws: Draws;
  S: number;
  /** Steps of training. */
  steps: number;
  /**
   * Seconds of processor time for one sample, on all cores together: other programs disturb them less than time by the
   * clock.
   */
  processorSeconds: number;
  evaluation: Evaluation;
}

await ready();
const results = new ResultFile<Row, 'draws' | 'S'>('steps-and-draws', {
  command: 'npm run results -- steps-and-draws',
  seed,
  names: ['draws', 'S'],
});
const jobs = results.missing(
  wanted.map(([draws, S]) => ({
    draws,
    S,
    ...file,
    seed,
    options: { sampler: samplers[draws](S), count: 256, batchSize: 128 },
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
    console.log(job.draws, job.S, evaluation.likeness.frechet.distance, JSON.stringify(evaluation.variety.imbalance));
  }
  model.network.dispose();
  reference.dispose();
}
