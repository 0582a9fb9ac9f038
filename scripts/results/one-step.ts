/**
 * `npm run results -- one-step`: what chapter 17 says of faces for one to sixteen evaluations of a network: of three
 * students, of a flow before and after its lines were made straight, and of the solvers of chapter 11. Rows that
 * `npm run results -- samplers` has measured in the same way are not measured again.
 */
import {
  clipped,
  type Gaussian,
  last,
  loadReference,
  type NoiseDraw,
  pretrained,
  ready,
  type RealFloor,
  renoise,
  type Rule,
  sample,
} from 'naive-diffusion';
import { type Judged, judgeSamples } from './judge-samples.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { solverWays } from './solver-ways.ts';
import { Unfinished } from './unfinished.ts';

const seed = 11;
const [count, batchSize] = [500, 125];
const [best, stable] = ['gaussian-velocity-faces', 'stable-velocity-faces'];
const student = 'consistent-wide-faces';

/** Where the student looks again. */
const looks = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const lookAt = (level: number) => `second look at ${level}`;
const ways: typeof solverWays = {
  ...solverWays,
  ...Object.fromEntries(
    looks.map((level) => [
      lookAt(level),
      () => ({ rule: renoise() as Rule<NoiseDraw>, levels: [1, level, 0], evaluations: 2 }),
    ]),
  ),
};

/** One way, and what its samples are like. */
interface Row extends Origin, Judged {
  sampler: string;
  evaluations: number;
  /** Training steps of the model. */
  steps: number;
  floor: RealFloor;
}

type Wanted = [checkpoint: string, sampler: string, evaluations: number[]];
const wanted: Wanted[] = [
  ['consistent-faces', 'denoise/renoise', [1, 2, 4]],
  [student, 'denoise/renoise', [1, 2, 4]],
  ['consistent-near-faces', 'denoise/renoise', [1, 2, 4]],
  ...looks.map((level): Wanted => [student, lookAt(level), [2]]),
  ['reflow-faces', 'DDIM, even levels', [1, 2, 4, 8, 16]],
  ['flow-faces', 'DDIM, even levels', [1, 2, 4, 8, 16]],
  [best, 'DDIM, even levels', [1, 2]],
  [best, '2M, Karras', [2]],
  [best, 'Heun, Karras', [2]],
  [stable, 'DDIM, even levels', [1, 2, 4, 8]],
  [stable, '2M, Karras', [2, 4]],
  [stable, 'Heun, Karras', [2, 4, 8]],
];

await ready();
const results = new ResultFile<Row, 'checkpoint' | 'sampler' | 'evaluations'>('one-step', {
  command: 'npm run results -- one-step',
  seed,
  names: ['checkpoint', 'sampler', 'evaluations'],
});
const jobs = results.missing(
  wanted.flatMap(([checkpoint, sampler, all]) =>
    all.map((evaluations) => ({
      sampler,
      evaluations,
      ...fileOf(checkpoint),
      seed,
      options: { count, batchSize, clip: true },
    })),
  ),
);

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  let model: Awaited<ReturnType<typeof pretrained>> | undefined;
  let loaded = '';
  for (const job of jobs) {
    if (loaded !== job.checkpoint) {
      model?.network.dispose();
      model = await pretrained(job.checkpoint);
      loaded = job.checkpoint;
    }
    const degradation = model!.degradation as Gaussian;
    const { rule, levels } = ways[job.sampler](job.evaluations, degradation.schedule);
    const images = new Unfinished('one-step', job, { batches: count / batchSize, batchSize });
    const denoise = clipped(model!.denoise!);
    const pixels = await images.complete((batch) =>
      last(sample({ denoise, degradation, rule, levels, count: batchSize, seed: seed * 2 ** 20 + batch })),
    );
    const judged = await judgeSamples(reference, pixels, { seed, resamples: 50 });
    results.put({ ...job, steps: model!.notes.steps as number, floor: await reference.floor(count), ...judged });
    images.remove();
    console.log(job.checkpoint, job.sampler, job.evaluations, judged.frechet.distance, judged.recall);
  }
  model?.network.dispose();
  reference.dispose();
}
