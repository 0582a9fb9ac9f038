/**
 * `npm run results -- restoration`: how well chapter 6's models restore unseen images, after the tables of cold
 * diffusion.
 */
import {
  type Checkpoint,
  frechetDistance,
  type Images,
  ImageSet,
  key,
  last,
  loadReference,
  pretrained,
  ready,
  type Reference,
  rmse,
  sampleCold,
  ssim,
  tf,
  toBytes,
} from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const [seed, S, count, batchSize] = [6, 16, 2_000, 500];
/** How far each degradation goes; the rest can be told from what is left. */
const levels: Record<string, number> = { blur: 0.6, pixelate: 2 / 3, mask: 0.5, snow: 0.6, animorphosis: 0.6 };
const ways = ['degraded', 'direct', 'algorithm 1', 'algorithm 2'] as const;
type Way = (typeof ways)[number];

/** What is to be measured. */
interface Job extends Origin {
  dataset: 'faces' | 'digits';
  degradation: string;
}

/** One line of the table. */
interface Row extends Job {
  steps: number;
  /** The level of the degraded images, and the number of steps back. */
  t: number;
  S: number;
  images: number;
  scores: Record<Way, { frechet: number; ssim: number; rmse: number }>;
}

await ready();
const results = new ResultFile<Row, 'dataset' | 'degradation'>('restoration', {
  command: 'npm run results -- restoration',
  seed,
  names: ['dataset', 'degradation'],
});
for (const dataset of ['faces', 'digits'] as const) {
  const jobs = results.missing(
    Object.entries(levels).map(([degradation, level]): Job => {
      const options = { level, steps: S, count, batchSize };
      return { dataset, degradation, ...fileOf(`cold-${degradation}-${dataset}`), seed, options };
    }),
  );
  if (jobs.length === 0) continue;
  const reference = await loadReference(dataset);
  for (const job of jobs) {
    const row = await measure(job, reference);
    results.put(row);
    console.log(dataset, job.degradation, JSON.stringify(row.scores));
  }
  reference.dispose();
}

async function measure(job: Job, { unseen, judge }: Reference): Promise<Row> {
  const model = await pretrained(job.checkpoint);
  const t = levels[job.degradation];
  const parts: Record<Way, Uint8Array[]> = { degraded: [], direct: [], 'algorithm 1': [], 'algorithm 2': [] };
  for (let start = 0; start < count; start += batchSize) {
    const x0 = unseen.images({ start, end: start + batchSize });
    const restored = await restore(model, { x0, t, batch: start / batchSize });
    for (const way of ways) parts[way].push(toBytes(restored[way]));
    tf.dispose([x0, ...Object.values(restored)]);
  }
  model.network.dispose();
  const original = unseen.subset({ end: count });
  const { height, width, channels } = original;
  const truth = await judge.features(original);
  const scores = {} as Row['scores'];
  for (const way of ways) {
    const pixels = Uint8Array.from(Buffer.concat(parts[way]));
    const images = new ImageSet({ name: way, height, width, channels, pixels });
    scores[way] = {
      frechet: frechetDistance(await judge.features(images), truth),
      ssim: ssim(images, original).mean,
      rmse: rmse(images, original).mean,
    };
  }
  return { ...job, steps: model.notes.steps as number, t, S, images: count, scores };
}

/** The same images degraded, and restored in each way. Both algorithms are told the draw. */
async function restore(
  { denoise, degradation }: Checkpoint,
  { x0, t, batch }: { x0: Images; t: number; batch: number },
): Promise<Record<Way, Images>> {
  if (!denoise || !degradation) throw new Error('restoration: the card of the model must name its degradation');
  const knownDraw = tf.tidy(() => degradation.draw(key(seed, batch), x0.shape));
  const degraded = degradation.at(knownDraw, x0, t);
  const walk = (algorithm: 1 | 2) =>
    last(sampleCold({ denoise, degradation, steps: S, z: degraded, level: t, knownDraw, algorithm }));
  const restored = {
    degraded,
    direct: denoise(degraded, t).x0,
    'algorithm 1': await walk(1),
    'algorithm 2': await walk(2),
  };
  tf.dispose(knownDraw);
  return restored;
}
