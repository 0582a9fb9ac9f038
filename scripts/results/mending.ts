/**
 * `npm run results -- mending`: what chapter 15 says of one unconditional model that mends damaged faces, beside
 * chapter 6's specialists, which were trained for one kind of damage each.
 */
import {
  ancestral,
  churn,
  clipped,
  type Degradation,
  degradations,
  type Denoiser,
  dpmSolver2M,
  dps,
  type Draw,
  evenLevels,
  frechetInterval,
  type FrechetInterval,
  type Gaussian,
  guideTo,
  ImageSet,
  type Images,
  karrasLevels,
  key,
  type Known,
  last,
  linearOperator,
  loadReference,
  type NoiseDraw,
  normal,
  pretrained,
  ready,
  type Reference,
  replacing,
  resampled,
  rmse,
  type Rule,
  sample,
  sampleCold,
  spectral,
  ssim,
  tf,
} from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { Unfinished } from './unfinished.ts';

const seed = 15;
/** Chapter 6's seed, of which its masks are drawn, so that the faces have the same holes. */
const drawSeed = 6;
/** Faces that are mended, those that are mended twice, and how many at a time. */
const [count, twice, batchSize] = [500, 125, 125];
/** How far each degradation goes: chapter 6's levels, and for colours, which it does not have, all of it. */
const levels: Record<string, number> = { mask: 0.5, pixelate: 2 / 3, desaturate: 1, blur: 0.6 };
/** The model that mends everything. */
const one = 'gaussian-velocity-faces';
const churning = { amount: 5, least: 0.05, most: 50, noise: 1.003 };
/** How far guidance by reconstruction goes in each of its steps. */
const SIZE = 2;
/** Steps of a specialist's walk. */
const S = 16;

/** One way to mend, by the one model. */
interface Way {
  rule: Rule<NoiseDraw>;
  levels: number[];
  denoise: Denoiser;
}
interface Parts {
  denoise: Denoiser;
  degradation: Gaussian;
  known: Known;
}
interface Maker {
  options: { steps: number; times?: number; [more: string]: unknown };
  make(parts: Parts): Way;
}
/** Guidance that asks the denoiser by its slope so many times. */
const bySlope = (through: number): Maker => ({
  options: { steps: 24, levels: 'karras', rule: '2M with churn', churning, through, clip: 'after' },
  make: ({ denoise, degradation, known }) => ({
    rule: churn({ ...churning, rule: dpmSolver2M }),
    levels: karrasLevels(degradation.schedule, { steps: 24 }),
    denoise: clipped(guideTo({ denoise, degradation, through, ...known })),
  }),
});
const ways: Record<string, Maker> = {
  guided: {
    options: { steps: 24, levels: 'karras', rule: '2M with churn', churning, clip: 'the guess' },
    make: ({ denoise, degradation, known }) => ({
      rule: churn({ ...churning, rule: dpmSolver2M }),
      levels: karrasLevels(degradation.schedule, { steps: 24 }),
      denoise: guideTo({ denoise: clipped(denoise), degradation, ...known }),
    }),
  },
  'guided by the slope': bySlope(1),
  'guided by the slope, 3 times': bySlope(3),
  'by reconstruction': {
    options: { steps: 64, times: 2, levels: 'even', size: SIZE, clip: 'the guess' },
    make: ({ denoise, known: { operator, known } }) => ({
      rule: dps({ degrade: operator.degrade, known, size: SIZE, constants: operator.constants }),
      levels: evenLevels(64),
      denoise: clipped(denoise),
    }),
  },
  'spectral, η = 0.85': {
    options: { steps: 32, levels: 'even', eta: 0.85, clip: 'the guess' },
    make: ({ denoise, known }) => ({
      rule: spectral({ ...known, eta: 0.85 }),
      levels: evenLevels(32),
      denoise: clipped(denoise),
    }),
  },
  spectral: {
    options: { steps: 32, levels: 'even', clip: 'the guess' },
    make: ({ denoise, known }) => ({ rule: spectral(known), levels: evenLevels(32), denoise: clipped(denoise) }),
  },
  replaced: {
    options: { steps: 32, levels: 'even', clip: 'the guess' },
    make: ({ denoise, known }) => ({
      rule: replacing({ ...known, rule: ancestral() }),
      levels: evenLevels(32),
      denoise: clipped(denoise),
    }),
  },
  'replaced, resampled': {
    options: { steps: 16, times: 4, levels: 'even', clip: 'the guess' },
    make: ({ denoise, known }) => ({
      rule: resampled(replacing(known), { times: 4 }),
      levels: evenLevels(16),
      denoise: clipped(denoise),
    }),
  },
};

/** What is to be measured. */
interface Job extends Origin {
  method: string;
  degradation: string;
  /** The standard deviation of the noise on the damaged faces, in the images' range. */
  noise: number;
}

/** One line of the table. */
interface Row extends Job {
  t: number;
  /** How often a network is asked for each face; with a slope, each time costs about three. */
  evaluations: number;
  frechet: FrechetInterval;
  ssim: number;
  rmse: number;
  /** How far the answers, degraded again, are from what is known: the root of the mean square. */
  consistency: number;
  /**
   * How far two answers for the same face are from each other: the mean RMSE over the first faces, beside that of the
   * answers and the truth for these faces, which drawing from the posterior makes equal.
   */
  variety: { between: number; fromTruth: number; faces: number };
}

type Wanted = [methods: string[], kinds: string[], noises: number[]];
const all = Object.keys(levels);
/** What matters most comes first. */
const wanted: Wanted[] = [
  [['degraded', 'specialist, direct', 'specialist, algorithm 2', 'guided'], all, [0, 0.1]],
  [['spectral'], ['mask'], [0]],
  [['guided by the slope'], ['desaturate', 'mask'], [0]],
  [['replaced', 'replaced, resampled'], ['mask'], [0]],
  [['spectral'], all.slice(1), [0]],
  [['spectral'], all, [0.1]],
  [['guided by the slope'], ['pixelate', 'blur'], [0]],
  [['spectral, η = 0.85'], all, [0]],
  [['guided by the slope'], all, [0.1]],
  [['by reconstruction'], ['mask', 'desaturate'], [0]],
  [['spectral, η = 0.85'], all, [0.1]],
  [['by reconstruction'], ['pixelate', 'blur'], [0]],
  [['guided by the slope, 3 times'], ['desaturate'], [0]],
];

const isOurs = (method: string) => Object.hasOwn(ways, method);
/** How often the network is asked for each face. */
function evaluationsOf(method: string): number {
  if (isOurs(method)) return ways[method].options.steps * (ways[method].options.times ?? 1);
  return { degraded: 0, 'specialist, direct': 1 }[method] ?? S;
}

await ready();
const results = new ResultFile<Row, 'method' | 'degradation' | 'noise'>('mending', {
  command: 'npm run results -- mending',
  seed,
  names: ['method', 'degradation', 'noise'],
});
const jobs = results.missing(
  wanted.flatMap(([methods, kinds, noises]) =>
    noises.flatMap((noise) =>
      kinds.flatMap((degradation) =>
        methods.map((method): Job => {
          const own = isOurs(method) ? { ...ways[method].options, twice, batchSize } : { S };
          return {
            method,
            degradation,
            noise,
            ...fileOf(isOurs(method) ? one : `cold-${degradation}-faces`),
            seed,
            options: { level: levels[degradation], count, drawSeed, ...own },
          };
        }),
      ),
    ),
  ),
);

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  for (const job of jobs) {
    const row = await measure(job, reference);
    results.put(row);
    const { frechet, ssim: likeness, rmse: off, consistency, variety } = row;
    console.log(job.method, job.degradation, job.noise, frechet.distance, likeness, off, consistency, variety);
  }
  reference.dispose();
}

async function measure(job: Job, { unseen, judge, features }: Reference): Promise<Row> {
  const D = await degradations.make({ kind: job.degradation });
  const model = await pretrained(job.checkpoint);
  const images = new Unfinished('mending', job, {
    batches: isOurs(job.method) ? (count + twice) / batchSize : 1,
    batchSize: isOurs(job.method) ? batchSize : count,
  });
  const pixels = await images.complete(async (number) => {
    const start = isOurs(job.method) ? (number * batchSize) % count : 0;
    const size = isOurs(job.method) ? batchSize : count;
    const damage = damaged(D, unseen, job, { start, size });
    const batch = await (isOurs(job.method)
      ? mend(job, model.denoise!, model.degradation as Gaussian, { ...damage, D, number })
      : restore(job, model.denoise!, { ...damage, D }));
    tf.dispose([damage.draw, damage.y]);
    return batch;
  });
  model.network.dispose();
  const { height, width, channels } = unseen;
  const size = count * height * width * channels;
  const setOf = (pixels: Uint8Array) => new ImageSet({ name: job.method, height, width, channels, pixels });
  const answers = setOf(pixels.subarray(0, size));
  const truth = unseen.subset({ end: count });
  const again = isOurs(job.method) ? setOf(pixels.subarray(size)) : answers.subset({ end: twice });
  const [, wide] = features.unseen.shape;
  const real = { data: features.unseen.data.subarray(0, count * wide), shape: [count, wide] as [number, number] };
  const damage = damaged(D, unseen, job, { start: 0, size: count });
  const consistency = tf.tidy(() => {
    const back = D.at(damage.draw, answers.images(), levels[job.degradation]);
    return Math.sqrt(tf.mean(tf.square(tf.sub(back, damage.y))).dataSync()[0]);
  });
  tf.dispose([damage.draw, damage.y]);
  const row = {
    ...job,
    t: levels[job.degradation],
    evaluations: evaluationsOf(job.method),
    frechet: await frechetInterval(await judge.features(answers), real, { seed, resamples: 50 }),
    ssim: ssim(answers, truth).mean,
    rmse: rmse(answers, truth).mean,
    consistency,
    variety: {
      between: rmse(again, answers.subset({ end: twice })).mean,
      fromTruth: rmse(answers.subset({ end: twice }), truth.subset({ end: twice })).mean,
      faces: twice,
    },
  };
  images.remove();
  return row;
}

/** Some of the faces, damaged. The noise of a face is its own, whoever mends it. */
function damaged(
  D: Degradation,
  unseen: Reference['unseen'],
  { degradation, noise }: Job,
  { start, size }: { start: number; size: number },
): { draw: Draw; y: Images } {
  let draw: Draw = {};
  const y = tf.tidy(() => {
    const shape = [count, 32, 32, 3];
    const whole = D.draw(key(drawSeed, 0), shape);
    draw = Object.fromEntries(
      Object.entries(whole).map(([name, tensor]) => [name, tf.keep(tensor.slice([start], [size]))]),
    );
    const x0 = unseen.images({ start, end: start + size });
    const grain = normal(key(seed, 7), shape).slice([start], [size]);
    return tf.add<Images>(D.at(draw, x0, levels[degradation]), tf.mul(noise, grain));
  });
  return { draw, y };
}

/** By the one model. */
async function mend(
  job: Job,
  denoise: Denoiser,
  degradation: Gaussian,
  { D, draw, y, number }: { D: Degradation; draw: Draw; y: Images; number: number },
): Promise<Images> {
  const operator = linearOperator(D, {
    shape: [32, 32, 3],
    level: levels[job.degradation],
    ...(Object.keys(draw).length > 0 && { draw }),
  });
  const known = { operator, known: y, noise: job.noise };
  const way = ways[job.method].make({ denoise, degradation, known });
  const images = await last(sample({ ...way, degradation, count: y.shape[0], seed: seed * 2 ** 20 + number }));
  operator.dispose();
  return images;
}

/** By a specialist, or not at all. It is told the draw, as in chapter 6, but knows nothing of the noise. */
async function restore(
  job: Job,
  denoise: Denoiser,
  { D, draw, y }: { D: Degradation; draw: Draw; y: Images },
): Promise<Images> {
  const t = levels[job.degradation];
  if (job.method === 'degraded') return y.clone();
  if (job.method === 'specialist, direct') return denoise(y, t).x0;
  return last(sampleCold({ denoise, degradation: D, steps: S, z: y, level: t, knownDraw: draw, algorithm: 2 }));
}
