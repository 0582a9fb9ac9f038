/**
 * `npm run results -- restoration`: how well chapter 6's models restore unseen images, after the tables of cold
 * diffusion.
 */
import {
  degradationNamed,
  frechetDistance,
  key,
  last,
  loadReference,
  ready,
  type Degradation,
  type Images,
  type Reference,
  rmse,
  sampleCold,
  ssim,
  tf,
  toBytes,
  ImageSet,
} from 'naive-diffusion';
import { hashOf, openModel, ResultFile } from './checkpoint.ts';

const [seed, S, count, batchSize] = [6, 16, 2_000, 500];
/** How far each degradation goes; the rest can be told from what is left. */
const levels: Record<string, number> = { blur: 0.6, pixelate: 2 / 3, mask: 0.5, snow: 0.6, animorphosis: 0.6 };
const ways = ['degraded', 'direct', 'algorithm 1', 'algorithm 2'] as const;
type Way = (typeof ways)[number];

/** One line of the table. */
interface Row {
  dataset: string;
  degradation: string;
  checkpoint: string;
  sha256: string;
  steps: number;
  /** The level of the degraded images, and the number of steps back. */
  t: number;
  S: number;
  images: number;
  scores: Record<Way, { frechet: number; ssim: number; rmse: number }>;
}

await ready();
const results = new ResultFile<Row>('restoration', { command: 'npm run results -- restoration', seed });
for (const dataset of ['faces', 'digits'] as const) {
  const names = Object.keys(levels).filter((name) => {
    const done = results.rows.find((row) => row.dataset === dataset && row.degradation === name);
    return done?.sha256 !== hashOf(`cold-${name}-${dataset}`);
  });
  if (names.length === 0) continue;
  const reference = await loadReference(dataset);
  for (const name of names) {
    const row = await measure(dataset, name, reference);
    results.put(row, (other) => other.dataset === dataset && other.degradation === name);
    console.log(dataset, name, JSON.stringify(row.scores));
  }
  reference.dispose();
}

async function measure(dataset: 'faces' | 'digits', name: string, { unseen, judge }: Reference): Promise<Row> {
  const { network, ...model } = await openModel(`cold-${name}-${dataset}`);
  const degradation = await degradationNamed(name);
  const t = levels[name];
  const parts: Record<Way, Uint8Array[]> = { degraded: [], direct: [], 'algorithm 1': [], 'algorithm 2': [] };
  for (let start = 0; start < count; start += batchSize) {
    const restored = await restore({
      network,
      degradation,
      x0: unseen.images({ start, end: start + batchSize }),
      t,
      batch: start / batchSize,
    });
    for (const way of ways) parts[way].push(toBytes(restored[way]));
    tf.dispose(Object.values(restored));
  }
  network.dispose();
  const original = unseen.subset({ end: count });
  const { height, width, channels } = original;
  const truth = await judge.features(original);
  const scores = {} as Row['scores'];
  for (const way of ways) {
    const images = new ImageSet({
      name: way,
      height,
      width,
      channels,
      pixels: Uint8Array.from(Buffer.concat(parts[way])),
    });
    scores[way] = {
      frechet: frechetDistance(await judge.features(images), truth),
      ssim: ssim(images, original).mean,
      rmse: rmse(images, original).mean,
    };
  }
  return { dataset, degradation: name, ...model, t, S, images: count, scores };
}

/** The same images degraded, and restored in each way; `x0` is disposed of. Both algorithms are told the draw. */
async function restore({
  network,
  degradation,
  x0,
  t,
  batch,
}: {
  network: Parameters<typeof sampleCold>[0]['network'];
  degradation: Degradation;
  x0: Images;
  t: number;
  batch: number;
}): Promise<Record<Way, Images>> {
  const shape = x0.shape;
  const drawn = tf.tidy(() => degradation.draw(key(seed, batch), shape));
  const degraded = degradation.at(drawn, x0, t);
  x0.dispose();
  const walk = (algorithm: 1 | 2) =>
    last(sampleCold({ network, degradation, S, shape, z: degraded, from: t, drawn, algorithm }));
  const restored = {
    degraded,
    direct: network(degraded, t),
    'algorithm 1': await walk(1),
    'algorithm 2': await walk(2),
  };
  tf.dispose(drawn);
  return restored;
}
