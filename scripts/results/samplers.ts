/**
 * `npm run results -- samplers`: what chapter 11 says of the ways from noise to faces, by the number of network
 * evaluations that they take.
 */
import {
  ancestral,
  churn,
  clipped,
  type Denoiser,
  dpmSolver2M,
  fitVariance,
  type Gaussian,
  geometricLevels,
  last,
  loadReference,
  pretrained,
  ready,
  type RealFloor,
  reinject,
  sample,
  withVariance,
} from 'naive-diffusion';
import { type Judged, judgeSamples } from './judge-samples.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { even, karras, karrasOf, type Make, solverWays, twice } from './solver-ways.ts';
import { Unfinished } from './unfinished.ts';

const seed = 11;
const [count, batchSize] = [500, 125];
/** How the table of the variance `optimal` is measured. */
const fitting = { levels: 125, count: 40 };
/** The share of the noise that is new in each step of the σ-sampler: β/r of chapter 8's dials. */
const share = 0.4;
/** Noise put in by all steps together, and where. */
const churning = { amount: 5, least: 0.05, most: 50, noise: 1.003 };

const stable = 'stable-velocity-faces';
const [best, noise, clean, mixed] = ['velocity', 'noise', 'clean', 'karras'].map(
  (target) => `gaussian-${target}-faces`,
);

const makers: Record<string, Make> = {
  ...solverWays,
  'σ-sampler': (steps, schedule) => {
    const levels = geometricLevels(schedule, { steps, least: 0.02 });
    const factor = (0.02 / Math.min(80, schedule.most ?? Infinity)) ** (1 / (steps - 1));
    return { rule: reinject(share * factor), levels, evaluations: steps };
  },
  'DDPM, β̃': even(ancestral()),
  'DDPM, β': even(ancestral({ variance: 'forward' })),
  'DDPM, optimal': even(ancestral({ variance: 'optimal' }), { optimal: true }),
  'Heun with churn': twice(churn(churning), karrasOf),
  '2M with churn': karras(churn({ ...churning, rule: dpmSolver2M })),
};

/** One way, and what its samples are like. */
interface Row extends Origin, Judged {
  /** The way, and the evaluations for which it was asked; `evaluations` are those that it takes. */
  sampler: string;
  about: number;
  evaluations: number;
  /** Training steps of the model. */
  steps: number;
  floor: RealFloor;
}

type Wanted = [checkpoint: string, samplers: string[], about: number[]];
const ways = Object.keys(makers);
const others = ways.filter((name) => name !== '2M, Karras');
/** What matters most comes first. */
const wanted: Wanted[] = [
  [best, ['2M, Karras'], [4, 8, 12, 16, 20]],
  [best, others, [4, 8]],
  [best, ['DDPM, β', 'DDIM, even levels', 'Heun, Karras', 'σ-sampler'], [16]],
  [best, ['2M, Karras'], [256]],
  ...[noise, clean].map((model): Wanted => [model, ['DDPM, β', 'DDIM, even levels', '2M, Karras'], [8, 16]]),
  [best, others.filter((name) => !['DDPM, β', 'DDIM, even levels', 'Heun, Karras', 'σ-sampler'].includes(name)), [16]],
  ...[noise, clean].map((model): Wanted => [model, ['DDPM, β', 'DDIM, even levels', '2M, Karras'], [4]]),
  [stable, ['2M, Karras'], [8, 12, 16, 20, 256]],
  [stable, ['2M with churn'], [8, 16, 20, 32]],
  [best, ways, [32]],
  [best, ['DDPM, β', 'σ-sampler', 'DDIM, even levels', 'Heun, Karras', '2M, Karras'], [64]],
  [best, ['DDPM, β̃', 'DDPM, optimal', 'Euler, Karras', 'denoise/renoise', '2M with churn'], [64]],
  [best, ['DDPM, β', 'σ-sampler', 'DDIM, even levels', 'Heun, Karras'], [256]],
  [mixed, ['DDPM, β', 'DDIM, even levels', '2M, Karras'], [4, 8, 16]],
];

await ready();
const results = new ResultFile<Row, 'checkpoint' | 'sampler' | 'about'>('samplers', {
  command: 'npm run results -- samplers',
  seed,
  names: ['checkpoint', 'sampler', 'about'],
});
const jobs = results.missing(
  wanted.flatMap(([checkpoint, samplers, abouts]) =>
    abouts.flatMap((about) =>
      samplers.map((sampler) => ({
        sampler,
        about,
        ...fileOf(checkpoint),
        seed,
        options: {
          count,
          batchSize,
          clip: true,
          ...(sampler === 'σ-sampler' && { share }),
          ...(sampler === 'DDPM, optimal' && { fitting }),
          ...(sampler.endsWith('churn') && { churning }),
        },
      })),
    ),
  ),
);

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  let model: Awaited<ReturnType<typeof pretrained>> | undefined;
  let loaded = '';
  let knowing: Denoiser | undefined;
  for (const job of jobs) {
    if (loaded !== job.checkpoint) {
      model?.network.dispose();
      model = await pretrained(job.checkpoint);
      [loaded, knowing] = [job.checkpoint, undefined];
    }
    const degradation = model!.degradation as Gaussian;
    const plain = clipped(model!.denoise!);
    const way = makers[job.sampler](job.about, degradation.schedule);
    if (way.optimal)
      knowing ??= withVariance(
        plain,
        await fitVariance({ denoise: plain, degradation, data: reference.train, ...fitting, seed }),
      );
    const images = new Unfinished('samplers', job, { batches: count / batchSize, batchSize });
    const pixels = await images.complete((batch) =>
      last(
        sample({
          denoise: way.optimal ? knowing! : plain,
          degradation,
          rule: way.rule,
          levels: way.levels,
          count: batchSize,
          seed: seed * 2 ** 20 + batch,
        }),
      ),
    );
    const judged = await judgeSamples(reference, pixels, { seed, resamples: 50 });
    results.put({
      ...job,
      evaluations: way.evaluations,
      steps: model!.notes.steps as number,
      floor: await reference.floor(count),
      ...judged,
    });
    images.remove();
    console.log(job.checkpoint, job.sampler, way.evaluations, judged.frechet.distance, judged.recall);
  }
  model?.network.dispose();
  reference.dispose();
}
