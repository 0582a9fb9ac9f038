/**
 * `npm run results -- noise-map`: what chapter 8 says of new noise on the way back, by the number of network
 * evaluations and by the share of the noise that is new in each step.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  clipped,
  cosineSchedule,
  dataPath,
  last,
  loadCheckpoint,
  loadReference,
  ready,
  reinject,
  sample,
  toBytes,
} from 'naive-diffusion';
import { processorSeconds } from '../processor-time.ts';
import { judgeSamples } from './judge-samples.ts';
import { type Origin, ResultFile } from './result-file.ts';

const checkpoint = 'gaussian-velocity-faces';
const [seed, count, batchSize] = [8, 500, 125];
/** σ/α of the first noise and of the last; then comes a guess of the clean images. */
const [most, least] = [80, 0.02];
const evaluations = [12, 24, 48, 96];
/** β/r: how much of the noise after a step is new; its square is the share of the variance. */
const shares = [0, 0.4, 0.7, 0.9, 1];

/** One field of the map, and what its samples are like. */
interface Row extends Origin {
  evaluations: number;
  share: number;
  /** Training steps of the model. */
  steps: number;
  /** The dials that share and number of evaluations amount to, and the factor by which a step reduces the noise. */
  dials: { alpha: number; beta: number; factor: number };
  frechet: { distance: number; low: number; high: number };
  /** The distance of as many real images from as many others. */
  floor: { distance: number; deviation: number };
  precision: number;
  recall: number;
  combinations: { distinct: number; expected: number };
  processorSeconds: number;
}

await ready();
const file = dataPath('checkpoints', `${checkpoint}.safetensors`);
const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
const results = new ResultFile<Row, 'evaluations' | 'share'>('noise-map', {
  command: 'npm run results -- noise-map',
  seed,
  names: ['evaluations', 'share'],
});
// The quick ones first.
const jobs = results.missing(
  evaluations.flatMap((number) =>
    shares.map((share) => ({
      evaluations: number,
      share,
      checkpoint,
      sha256,
      seed,
      options: { most, least, count, batchSize, clip: true },
    })),
  ),
);
if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const model = await loadCheckpoint(file);
  const schedule = cosineSchedule();
  const denoise = clipped(model.denoise!);
  const floor = await reference.floor(count);
  for (const job of jobs) {
    const factor = (least / most) ** (1 / (job.evaluations - 1));
    const beta = job.share * factor;
    const levels = [1];
    for (let i = 1; i < job.evaluations; i++) levels.push(schedule.level(most * factor ** i));
    levels.push(0);
    const rule = reinject(beta);
    const before = processorSeconds();
    const parts: Uint8Array[] = [];
    for (let i = 0; i < count / batchSize; i++) {
      const options = { denoise, degradation: model.degradation!, rule, levels, count: batchSize };
      const images = await last(sample({ ...options, seed: seed * 2 ** 20 + i }));
      parts.push(toBytes(images));
      images.dispose();
    }
    const each = (processorSeconds() - before) / count;
    const dials = { alpha: 1 - Math.sqrt(factor ** 2 - beta ** 2), beta, factor };
    const pixels = new Uint8Array(Buffer.concat(parts));
    const { frechet, ...others } = await judgeSamples(reference, pixels, { seed, resamples: 20 });
    const { distance, low, high } = frechet;
    const row = { frechet: { distance, low, high }, ...others, floor, processorSeconds: each };
    results.put({ ...job, steps: model.notes.steps as number, dials, ...row });
    console.log(job.evaluations, job.share, distance, others.recall, others.combinations.distinct);
  }
  model.network.dispose();
  reference.dispose();
}
