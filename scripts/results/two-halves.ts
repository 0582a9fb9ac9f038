/**
 * `npm run results -- two-halves`: what chapter 12 says of small networks that learn from few faces. Two of them, from
 * faces of which they have none in common and from other initial weights, are sampled from the same noise. All faces
 * are at half their size.
 */
import { deflateSync } from 'node:zlib';
import {
  Adam,
  clipped,
  denoiser,
  type Denoiser,
  gaussian,
  heun,
  ImageSet,
  karrasLevels,
  key,
  last,
  loadFaces,
  nearestNeighbours,
  Random,
  ready,
  residualUnet,
  rmse,
  sample,
  tf,
  toBytes,
  trainDenoiser,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';
import { median } from '../median.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 12;
/** All networks: a residual UNet with a dense layer, for faces of 16×16, asked for the velocity. */
const network = { widths: [16, 32, 48], dense: 64, blocks: 1 };
const training = { steps: 3000, batchSize: 16, rate: 2e-3, average: 0.99 };
/** For how long copies are waited for, and how often they are looked for; the rate does not fall meanwhile. */
const waiting = { most: 12_000, every: 250, batchSize: 16, rate: 1e-3, average: 0.99 };
const sampling = { count: 64, steps: 18, least: 0.01 };
/** A sample is a copy if the nearest training face is so many times as near as the second nearest. */
const copy = 1 / 3;
/** Where errors are compared: σ/α. */
const ratios = [0.1, 0.3, 1, 3];
/** Samples whose pictures are kept. */
const kept = 8;

interface Half {
  /** Mean loss of the last hundred steps. */
  loss: number;
  /** Samples that are copies, of all. */
  copies: number;
  /** Root mean squared difference from the nearest face of its own half and of the other's, median over samples. */
  own: number;
  other: number;
  /** Mean squared error of the guess on its own faces and on those of the other half, in [−1, 1], at each σ/α. */
  seen: number[];
  unseen: number[];
  /** The first samples, bytes, deflated, base64. */
  pictures: string;
}

/** Two networks, from the same noise. */
interface Row extends Origin {
  measure: 'halves';
  /** Faces that each learns from. */
  faces: number;
  halves: Half[];
  /** Root mean squared difference of two samples of the same noise and of different noise, median. */
  same: number;
  different: number;
  /** Samples of the first whose nearest sample of the second comes from the same noise, of all. */
  matched: number;
}
/** When a network begins to copy: trained on few faces, and sampled as it goes. */
interface Time extends Origin {
  measure: 'time';
  /** Faces that it learns from. */
  faces: number;
  /** Training steps, and the share of samples that were copies then. */
  steps: number[];
  copies: number[];
  /** The first of them, between two by a straight line, after which half of the samples are copies; null: never. */
  half: number | null;
}
type Job = Pick<Row | Time, 'measure' | 'faces'> & Origin;

await ready();
const degradation = gaussian();
const results = new ResultFile<Row | Time, 'measure' | 'faces'>('two-halves', {
  command: 'npm run results -- two-halves',
  seed,
  names: ['measure', 'faces'],
});
const origin = { checkpoint: 'two-halves/trained here', sha256: '', seed };
const jobs = results.missing<Job>([
  ...[25, 4448, 100, 1000, 300].map((faces) => {
    const options = { network, training, sampling, copy, ratios, kept };
    return { measure: 'halves' as const, faces, ...origin, options };
  }),
  ...[8, 16, 32, 64].map((faces) => {
    const options = { network, training: waiting, sampling, copy };
    return { measure: 'time' as const, faces, ...origin, options };
  }),
]);
const all = halved(await loadFaces());
const order = new Random(seed).shuffle(all.length);
for (const job of jobs) {
  const row = job.measure === 'time' ? await timed(job) : await halves(job);
  results.put({ ...job, ...row } as Row | Time);
  console.log(
    job.measure,
    job.faces,
    JSON.stringify(row, (name, value: unknown) => (name === 'pictures' ? '' : value)),
  );
}

/** Faces of its own for each of two networks. */
function cut(n: number): [ImageSet, ImageSet] {
  return [all.subset(order.slice(0, n)), all.subset(order.slice(n, 2 * n))];
}

/** As often each as it takes to fill whole batches. */
function repeated(set: ImageSet): ImageSet {
  const which = Int32Array.from({ length: set.length * training.batchSize }, (_, i) => i % set.length);
  return set.length % training.batchSize === 0 ? set : set.subset(which);
}

async function halves({ faces }: Job): Promise<Pick<Row, 'halves' | 'same' | 'different' | 'matched'>> {
  const sets = cut(faces);
  const found: Half[] = [];
  const samples: ImageSet[] = [];
  for (const [i, own] of sets.entries()) {
    const other = sets[1 - i];
    const net = residualUnet({ ...network, size: 16, output: 'linear', seed: seed + i });
    const { steps, rate, average, batchSize } = training;
    const optimizer = new Adam(net.weights, {
      rate: fallingRate(rate, steps, 2),
      warmup: 100,
      clip: 1,
      average,
    });
    const target = velocity(degradation);
    const losses: number[] = [];
    const parts = { network: net, data: repeated(own), degradation, target, optimizer };
    for await (const { step, loss } of trainDenoiser({ ...parts, steps, batchSize, seed: seed + i })) {
      losses.push(loss);
      if (step % 1000 === 0) console.log(faces, i, step, loss);
    }
    optimizer.useAverages();
    optimizer.dispose();
    const denoise = clipped(denoiser(net, { target }));
    const made = await paint(denoise, sampling);
    samples.push(made);
    const { shares, nearest } = await looked(made, own);
    found.push({
      loss: losses.slice(-100).reduce((sum, loss) => sum + loss / 100, 0),
      copies: shares,
      own: nearest,
      other: (await looked(made, other)).nearest,
      seen: errors(denoise, own),
      unseen: errors(denoise, other),
      pictures: deflateSync(made.subset({ end: kept }).pixels).toString('base64'),
    });
    net.dispose();
  }
  const [a, b] = samples;
  const { indices } = await nearestNeighbours(a, b);
  const turned = b.subset(Int32Array.from({ length: b.length }, (_, i) => (i + 1) % b.length));
  return {
    halves: found,
    same: median([...rmse(a, b).each]),
    different: median([...rmse(a, turned).each]),
    matched: indices.filter((at, i) => at === i).length / a.length,
  };
}

async function timed({ faces }: Job): Promise<Pick<Time, 'steps' | 'copies' | 'half'>> {
  const own = all.subset(order.slice(0, faces));
  const net = residualUnet({ ...network, size: 16, output: 'linear', seed });
  const { most, every, rate, average, batchSize } = waiting;
  const optimizer = new Adam(net.weights, { rate, warmup: 100, clip: 1, average });
  const target = velocity(degradation);
  const found = { steps: [] as number[], copies: [] as number[], half: null as number | null };
  const parts = { network: net, data: repeated(own), degradation, target, optimizer };
  for await (const { step } of trainDenoiser({ ...parts, steps: most, batchSize, seed })) {
    if (step % every > 0) continue;
    const goBack = optimizer.useAverages();
    const made = await paint(clipped(denoiser(net, { target })), sampling);
    goBack();
    const { shares } = await looked(made, own);
    const [before = 0] = found.copies.slice(-1);
    found.steps.push(step);
    found.copies.push(shares);
    console.log(faces, step, shares);
    if (shares < 0.5) continue;
    found.half = step - (every * (shares - 0.5)) / (shares - before);
    break;
  }
  optimizer.dispose();
  net.dispose();
  return found;
}

/** Faces at half the size: each pixel is the mean of four. */
function halved(set: ImageSet): ImageSet {
  const pixels = new Uint8Array(set.pixels.length / 4);
  for (let start = 0; start < set.length; start += 1000) {
    const x = set.images({ start, end: Math.min(set.length, start + 1000) });
    const bytes = tf.tidy(() => toBytes(tf.avgPool(x, 2, 2, 'valid')));
    x.dispose();
    pixels.set(bytes, (start * set.pixels.length) / set.length / 4);
  }
  return new ImageSet({ name: 'faces of 16×16', height: 16, width: 16, channels: 3, pixels });
}

async function paint(denoise: Denoiser, { count, steps, least }: typeof sampling): Promise<ImageSet> {
  const levels = karrasLevels(degradation.schedule, { steps, least });
  const shape = [16, 16, 3] as const;
  const made = await last(sample({ denoise, degradation, rule: heun, levels, count, shape, seed }));
  const pixels = toBytes(made);
  made.dispose();
  return new ImageSet({ name: 'samples', height: 16, width: 16, channels: 3, pixels });
}

/** How many are copies, and how near the nearest is, as a root mean squared difference of values in [0, 1]. */
async function looked(made: ImageSet, train: ImageSet): Promise<{ shares: number; nearest: number }> {
  const { distances } = await nearestNeighbours(made, train, { k: 2 });
  const values = made.height * made.width * made.channels;
  const nearest = Array.from({ length: made.length }, (_, i) => distances[2 * i] / Math.sqrt(values));
  let copies = 0;
  for (let i = 0; i < made.length; i++) if (distances[2 * i] < copy * distances[2 * i + 1]) copies++;
  return { shares: copies / made.length, nearest: median(nearest) };
}

/** Mean squared errors of the guesses on up to 64 faces, in [−1, 1]. */
function errors(denoise: Denoiser, set: ImageSet): number[] {
  return ratios.map((ratio, i) =>
    tf.tidy(() => {
      const x0 = set.images({ end: Math.min(64, set.length) });
      const t = degradation.schedule.level(ratio);
      const z = degradation.at(degradation.draw(key(seed, i), x0.shape), x0, t);
      return 4 * tf.mean(tf.square(tf.sub(denoise(z, t).x0, x0))).dataSync()[0];
    }),
  );
}
