/**
 * `npm run results -- variety`: how much chance z_T holds, how much comes in on the way, and how many different faces
 * come out.
 */
import { existsSync } from 'node:fs';
import {
  type Checkpoint,
  countRepeats,
  dataPath,
  fitResidue,
  ImageSet,
  key,
  last,
  loadFaces,
  loadReference,
  pretrained,
  ready,
  type ResidueFit,
  sampleCold,
  sampleDenoiseRenoise,
  startingBits,
  tf,
  toBytes,
} from 'naive-diffusion';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const [seed, S, count, batchSize] = [6, 12, 1_000, 250];
/** Root mean squared difference up to which two pictures count as the same: half a grey level. */
const threshold = 0.002;
/** Bits of one number drawn evenly from [0, 1), and of one normal number. */
const [even, normal] = [23, startingBits({ kind: 'gaussian', numbers: 1 }).bits];
const choice = (colours: number) => startingBits({ kind: 'choice', colours }).bits;
const heads = 77;

/** What one draw decides: what of it z_T shows, and what only shows on the way. Residues are counted apart. */
const bits: Record<string, { seen: number; hidden: number }> = {
  fadeToBlack: { seen: 0, hidden: 0 },
  fadeToColours: { seen: choice(12), hidden: 0 },
  animorphosis: { seen: choice(heads) + 3 * even, hidden: 0 },
  mask: { seen: 0, hidden: 2 * even },
  snow: { seen: 0, hidden: 18 * 18 * normal + even },
  blur: { seen: 0, hidden: 0 },
  pixelate: { seen: 0, hidden: 0 },
  desaturate: { seen: 0, hidden: 0 },
  binomial: { seen: 1024, hidden: logFactorial(1024) },
  gaussian: { seen: 3072 * normal, hidden: 0 },
};
const checkpoints: Record<string, string> = {
  fadeToBlack: 'cold-fade-to-black-faces',
  fadeToColours: 'cold-fade-to-colours-faces',
  binomial: 'denoise-renoise-faces',
};

type Draws = 'algorithm 2, one draw' | 'algorithm 1, one draw' | 'fresh draws';

/** What is to be measured. */
interface Job extends Origin {
  degradation: string;
  draws: Draws;
}

/** One point of the figure. */
interface Row extends Job {
  steps: number;
  S: number;
  images: number;
  /** Bits of randomness in z_T, and bits that come in on the way back. */
  bits: { start: number; way: number };
  /** Different pictures, and different combinations of attributes as the classifier reads them. */
  distinct: { pictures: number; combinations: number };
}

await ready();
const results = new ResultFile<Row, 'degradation' | 'draws'>('variety', {
  command: 'npm run results -- variety',
  seed,
  names: ['degradation', 'draws'],
});
const missing = results.missing(Object.keys(bits).flatMap(jobsOf));
if (missing.length > 0) {
  const { judge, dispose } = await loadReference('faces');
  const data = await loadFaces({ split: 'train' });
  for (const job of missing) {
    const model = await pretrained(job.checkpoint);
    const residue = model.degradation?.residue && fitResidue(model.degradation, data);
    const images = await sample(model, { draws: job.draws, residue });
    const { attributes } = await judge.look(images);
    const names = Object.keys(attributes).filter((attribute) => attribute !== 'hairColor');
    const combinations = new Set(
      Array.from({ length: count }, (_, i) => names.map((attribute) => attributes[attribute][i]).join()),
    ).size;
    const { distinct: pictures } = await countRepeats(images, { threshold });
    const { seen, hidden } = bits[job.degradation];
    const row: Row = {
      ...job,
      steps: model.notes.steps as number,
      S,
      images: count,
      bits: {
        start: seen + (residue?.components ?? 0) * normal,
        way: job.draws === 'fresh draws' ? (S - 1) * (seen + hidden) : hidden,
      },
      distinct: { pictures, combinations },
    };
    results.put(row);
    console.log(job.degradation, job.draws, JSON.stringify(row.bits), JSON.stringify(row.distinct));
    model.network.dispose();
  }
  dispose();
}

/** The ways to sample from the model of a degradation. Where it draws nothing, fresh draws are no other way. */
function jobsOf(degradation: string): Job[] {
  const checkpoint = checkpoints[degradation] ?? `cold-${degradation}-faces`;
  if (!existsSync(dataPath('checkpoints', `${checkpoint}.safetensors`))) {
    console.log(`${degradation}: no ${checkpoint}, left out`);
    return [];
  }
  const drawsAny = bits[degradation].seen + bits[degradation].hidden > 0;
  const ways: Draws[] = [
    'algorithm 2, one draw',
    'algorithm 1, one draw',
    ...(drawsAny ? ['fresh draws' as const] : []),
  ];
  const options = { steps: S, count, batchSize, threshold };
  return ways.map((draws) => ({ degradation, draws, ...fileOf(checkpoint), seed, options }));
}

async function sample(
  { denoise, degradation }: Checkpoint,
  { draws, residue: fit }: { draws: Draws; residue?: ResidueFit },
): Promise<ImageSet> {
  if (!denoise || !degradation) throw new Error('variety: the card of the model must name its degradation');
  const parts: Uint8Array[] = [];
  for (let batch = 0; batch * batchSize < count; batch++) {
    const residue = fit && tf.tidy(() => fit.sample(key(seed, 2 ** 40 + batch), batchSize));
    const options = { denoise, degradation, steps: S, count: batchSize, seed: seed * 1000 + batch, residue };
    const algorithm = draws === 'algorithm 1, one draw' ? 1 : 2;
    const turns =
      draws === 'fresh draws' ? sampleDenoiseRenoise(options) : sampleCold({ ...options, algorithm, draw: 'fixed' });
    const images = await last(turns);
    parts.push(toBytes(images));
    tf.dispose([images, ...(residue ? [residue] : [])]);
  }
  const pixels = Uint8Array.from(Buffer.concat(parts));
  return new ImageSet({ name: draws, height: 32, width: 32, channels: 3, pixels });
}

/** log₂ n!. */
function logFactorial(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i++) sum += Math.log2(i);
  return sum;
}
