/**
 * `npm run results -- variances-and-bits`: what chapter 10 says of the bits of unseen faces and of the distance of
 * samples, by the variance of the steps, by their number and by the model. Models that are not there are left out.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  Adam,
  ancestral,
  bitsPerDimension,
  type CategoricalNetwork,
  type Checkpoint,
  clipped,
  dataPath,
  denoiser,
  denseResidualConfig,
  type Denoiser,
  evenLevels,
  fitVariance,
  frechetDistance,
  type Gaussian,
  gaussian,
  cosineSchedule,
  heun,
  ImageSet,
  inferred,
  karrasLevels,
  last,
  learnedVariance,
  loadCheckpoint,
  loadClassifier,
  loadFaces,
  noise,
  paletteBits,
  ready,
  renoise,
  residualUnet,
  sample,
  sampleSet,
  type StepVariance,
  tf,
  toBytes,
  trainHybrid,
  withVariance,
} from 'naive-diffusion';
import equalBudget from '../../experiments/equal-budget.ts';
import { sha256Of } from '../sha256.ts';
import { planFor } from '../sweep/plan.ts';
import { pointsOf } from '../sweep/points.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 10;
/** The least level of a chain: noise of a byte. */
const least = 0.004;
/** Unseen faces whose bits are counted, and steps of the chain that each is looked at. */
const counting = { faces: 200, looks: 125, least };
/** How the table of `optimal` is measured. */
const fitting = { levels: 250, count: 40 };
/** How a variance is added to the noise model: `trainHybrid` goes on from its weights. */
const tuning = { steps: 400, rate: 3e-4, chain: 250 };

type Way = StepVariance | 'ddim' | 'heun' | 'palette';
interface Model {
  name: string;
  file: string;
  /** As rows name it: those of the equal budget are not kept. */
  checkpoint: string;
  objective?: 'hybrid' | 'bound';
}

/** Bits of unseen faces, or the distance of samples. */
interface Row extends Origin {
  measure: 'bits' | 'pictures';
  model: string;
  variance: Way;
  steps: number;
  bits?: { total: number; low: number; high: number; prior?: number; decoder?: number; steps?: object[] };
  distance?: number;
}
type Job = Pick<Row, 'measure' | 'model' | 'variance' | 'steps'> & Origin & { of: Model };

const published = (name: string): Model => ({
  name,
  file: dataPath('checkpoints', `${name}.safetensors`),
  checkpoint: name,
});
const points = await pointsOf(equalBudget);
/** Of `npm run sweep -- experiments/equal-budget.ts`. */
const { evaluations } = planFor(points, {
  all: points,
  folder: path.join('runs', 'sweep', 'equal-budget'),
  imports: [],
});
const short = (name: string): Model => ({
  name: `${name}, 1,800 steps`,
  file: evaluations.find(({ id }) => id === name)!.checkpoint,
  checkpoint: `equal-budget/${name}`,
});
const start = published('gaussian-noise-faces');
const tuned = (objective: 'hybrid' | 'bound'): Model => ({ ...start, name: `tuned by ${objective}`, objective });

const wanted: [Model, Row['measure'], Way[], number[]][] = [
  // By variance and number of steps.
  [start, 'bits', ['posterior', 'forward', 'optimal'], [10, 50, 250, 1000]],
  [tuned('hybrid'), 'bits', ['optimal', 'learned'], [10, 50, 250, 1000]],
  // Each model once, all by the same number of steps and one sampler.
  ...[
    published('gaussian-velocity-faces'),
    published('cold-gaussian-faces'),
    ...['noise', 'velocity', 'clean'].map((target) => short(`gaussian-${target}-faces`)),
  ].flatMap((model): typeof wanted => [
    [model, 'bits', ['optimal'], [64]],
    [model, 'pictures', ['heun'], [18]],
  ]),
  [start, 'bits', ['optimal'], [64]],
  ...[tuned('hybrid'), tuned('bound')].map((model): (typeof wanted)[0] => [model, 'bits', ['learned'], [64]]),
  ...[start, tuned('hybrid'), tuned('bound')].map((model): (typeof wanted)[0] => [model, 'pictures', ['heun'], [18]]),
  ...[published('palette-faces'), short('palette-faces')].flatMap((model): typeof wanted => [
    [model, 'bits', ['palette'], [1024]],
    [model, 'pictures', ['palette'], [64]],
  ]),
  [start, 'pictures', ['posterior', 'forward'], [10, 50, 250]],
  [start, 'pictures', ['optimal'], [10, 50, 250, 1000]],
  [start, 'pictures', ['ddim'], [10, 50, 250]],
  [tuned('hybrid'), 'pictures', ['learned'], [10, 50, 250, 1000]],
];

const tables = new WeakMap<object, Awaited<ReturnType<typeof fitVariance>>>();

await ready();
const results = new ResultFile<Row, 'measure' | 'model' | 'variance' | 'steps'>('variances-and-bits', {
  command: 'npm run results -- variances-and-bits',
  seed,
  names: ['measure', 'model', 'variance', 'steps'],
});
const jobs = results.missing(wanted.flatMap(([of, measure, ways, counts]) => jobsOf(of, measure, ways, counts)));
const unseen = (await loadFaces({ split: 'test' })).subset({ end: counting.faces });
const train = await loadFaces();
const judge = await loadClassifier('faces');
const real = await judge.features(await loadFaces({ split: 'test' }));
for (const of of [...new Map(jobs.map((job) => [job.model, job.of])).values()]) {
  const model = await load(of);
  const own = jobs.filter(({ model: name }) => name === of.name);
  for (const job of own.sort((a, b) => a.steps - b.steps)) {
    // the quick ones first
    const { of: _, ...row } = job;
    results.put({ ...row, ...(job.measure === 'bits' ? await count(job, model) : await look(job, model)) });
    console.log(job.measure, job.model, job.variance, job.steps);
  }
  model.network.dispose();
}
judge.dispose();

function jobsOf(of: Model, measure: Row['measure'], ways: Way[], counts: number[]): Job[] {
  if (!existsSync(of.file)) {
    console.log(`${of.name}: left out, there is no ${of.file}`);
    return [];
  }
  const origin = { checkpoint: of.checkpoint, sha256: sha256Of(of.file), seed };
  return ways.flatMap((variance) =>
    counts.map((steps) => {
      const how = measure === 'bits' ? counting : { samples: steps === 1000 ? 250 : 500, clip: true };
      const options = {
        ...how,
        ...(variance === 'optimal' && { fitting }),
        ...(of.objective && { tuning: { ...tuning, objective: of.objective } }),
      };
      return { measure, model: of.name, variance, steps, ...origin, options, of };
    }),
  );
}

type Loaded = Pick<Checkpoint, 'network'> & { checkpoint: Checkpoint; denoise?: Denoiser; degradation?: Gaussian };

async function load(of: Model): Promise<Loaded> {
  const checkpoint = await loadCheckpoint(of.file);
  const { network, denoise } = checkpoint;
  const degradation = checkpoint.degradation as Gaussian | undefined;
  if (!of.objective) return { network, checkpoint, denoise, degradation };
  const trained = await tune(checkpoint, of.objective);
  network.dispose();
  return trained;
}

/** Even levels from 1 down to the least, and then 0. */
function chainOf(steps: number): number[] {
  return evenLevels(steps).filter((t) => t === 0 || t > least - 1e-9);
}

/** Goes on from the noise model's weights, with as many outputs more, which begin at zero. */
async function tune(from: Checkpoint, objective: 'hybrid' | 'bound'): Promise<Loaded> {
  const degradation = gaussian({ schedule: cosineSchedule({ most: 80 }) });
  const network = residualUnet({ ...denseResidualConfig, outputs: 6, output: 'linear', seed });
  network.weights.forEach((weight, i) => {
    const old = from.network.weights[i] as tf.Variable;
    const more = weight.shape.map((n, axis): [number, number] => [0, n - old.shape[axis]]);
    tf.tidy(() => weight.assign(tf.pad(old, more)));
  });
  const { steps, rate, chain } = tuning;
  // As often as each part of the chain costs.
  const parts = { denoise: clipped(from.denoise!), degradation, data: unseen.subset({ end: 20 }) };
  const { steps: costs } = await bitsPerDimension({ ...parts, levels: chainOf(chain), looks: 25, seed });
  const chances = costs.map(({ bits }) => Math.max(bits, 0.001)).reverse();
  const optimizer = new Adam(network.weights, {
    rate: (step) => rate * Math.min(1, 2 * (1 - step / steps)),
    warmup: 20,
    clip: 1,
    average: 0.98,
  });
  const training = {
    network,
    data: train,
    degradation,
    optimizer,
    steps,
    chain,
    objective,
    chances,
    batchSize: 32,
    seed,
  };
  for await (const { step, loss } of trainHybrid(training)) if (step % 100 === 0) console.log(objective, step, loss);
  optimizer.useAverages();
  optimizer.dispose();
  const denoise = denoiser(network, { target: learnedVariance(noise(degradation)) });
  return { network, checkpoint: from, denoise, degradation };
}

/** The denoiser as a variance wants it, with guesses in the range of images. */
async function toldBy({ denoise, degradation }: Loaded, variance: Way): Promise<Denoiser> {
  const inRange = clipped(denoise!);
  if (variance !== 'optimal') return inRange;
  const parts = { denoise: inRange, degradation: degradation! };
  const table = tables.get(inRange) ?? (await fitVariance({ ...parts, data: train, ...fitting, seed }));
  tables.set(inRange, table);
  return withVariance(inRange, table);
}

async function count({ variance, steps }: Job, model: Loaded): Promise<Pick<Row, 'bits'>> {
  if (variance === 'palette') {
    const network = model.network as unknown as CategoricalNetwork;
    const { total, interval } = await paletteBits({ network, data: unseen, looks: counting.looks, seed });
    return { bits: { total, low: interval.low, high: interval.high } };
  }
  const { schedule } = model.degradation!;
  // Even steps, as one samples with them; 64 are shorter towards the end, as bits are counted best.
  const levels = steps === 64 ? karrasLevels(schedule, { steps, least: 0.0063, most: 79.9 }) : chainOf(steps);
  const found = await bitsPerDimension({
    denoise: await toldBy(model, variance),
    degradation: model.degradation!,
    data: unseen,
    levels,
    looks: Math.min(counting.looks, levels.length - 2),
    variance: variance as StepVariance,
    seed,
  });
  const { total, interval, prior, decoder } = found;
  return { bits: { total, low: interval.low, high: interval.high, prior, decoder, steps: found.steps } };
}

async function look(job: Job, model: Loaded): Promise<Pick<Row, 'distance'>> {
  const { samples: all } = job.options as { samples: number };
  const images =
    job.variance === 'palette'
      ? await sampleSet({ model: model.checkpoint, count: all, seed })
      : await draw(job, model, all);
  return { distance: frechetDistance(await judge.features(images), real) };
}

async function draw({ variance, steps }: Job, model: Loaded, all: number): Promise<ImageSet> {
  const degradation = model.degradation!;
  const denoise = await toldBy(model, variance);
  const levels =
    variance === 'heun' ? karrasLevels(degradation.schedule, { steps, least: 0.01, most: 79.9 }) : evenLevels(steps);
  const rule =
    variance === 'heun'
      ? heun
      : variance === 'ddim'
        ? renoise(inferred)
        : ancestral({ variance: variance as StepVariance });
  const batchSize = 125;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < all; at += batchSize) {
    const batch = await last(sample({ denoise, degradation, rule, levels, count: batchSize, seed: seed + at }));
    parts.push(toBytes(batch));
    batch.dispose();
  }
  const pixels = Uint8Array.from(Buffer.concat(parts));
  return new ImageSet({ name: 'samples', height: 32, width: 32, channels: 3, pixels });
}
