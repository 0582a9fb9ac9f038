/**
 * `npm run results -- steps-and-draws`: what chapter 5 says of denoise/renoise's samples, by the number of steps and by
 * where the draws come from.
 */
import { evaluate, loadReference, ready, sampleSet, type Evaluation, type Sampling } from 'naive-diffusion';
import { hashOf, openModel, ResultFile } from './checkpoint.ts';

const [checkpoint, seed, count, batchSize] = ['denoise-renoise-faces', 5, 256, 128];

const samplers: Record<'fresh' | 'fixed' | 'algorithm 2', (S: number) => Sampling> = {
  fresh: (S: number) => ({ method: 'denoise-renoise', degradation: 'binomial', options: { S, draw: 'fresh' } }),
  fixed: (S: number) => ({ method: 'denoise-renoise', degradation: 'binomial', options: { S, draw: 'fixed' } }),
  'algorithm 2': (S: number) => ({
    method: 'cold',
    degradation: 'binomial',
    options: { S, algorithm: 2, draw: 'fixed' },
  }),
};
type Draws = keyof typeof samplers;

/** The quick ones first: a row takes S · count predictions. */
const jobs: [Draws, number][] = [
  ...[1, 4, 16, 64].map((S): [Draws, number] => ['fresh', S]),
  ...[16, 64].flatMap((S): [Draws, number][] => [
    ['fixed', S],
    ['algorithm 2', S],
  ]),
  ['fresh', 256],
  ['fresh', 1024],
  ['fixed', 256],
  ['algorithm 2', 256],
];

/** One way of sampling, and what all metrics say of the samples. */
interface Row {
  draws: Draws;
  S: number;
  checkpoint: string;
  sha256: string;
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
const results = new ResultFile<Row>('steps-and-draws', { command: 'npm run results -- steps-and-draws', seed });
const same = (draws: Draws, S: number) => (row: Row) => row.draws === draws && row.S === S;
const missing = jobs.filter(([draws, S]) => results.rows.find(same(draws, S))?.sha256 !== hashOf(checkpoint));
if (missing.length) {
  const reference = await loadReference('faces');
  const { network, ...model } = await openModel(checkpoint);
  for (const [draws, S] of missing) {
    const before = process.cpuUsage();
    const images = await sampleSet({ network, sampling: samplers[draws](S), count, seed, batchSize });
    const { user, system } = process.cpuUsage(before);
    const evaluation = await evaluate({ images, reference, seed });
    results.put({ draws, S, ...model, processorSeconds: (user + system) / 1e6 / count, evaluation }, same(draws, S));
    console.log(draws, S, evaluation.likeness.frechet.distance, JSON.stringify(evaluation.variety.imbalance));
  }
  network.dispose();
  reference.dispose();
}
