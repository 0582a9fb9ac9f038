/**
 * `npm run results -- variety`: how much chance z_T holds, how much comes in on the way, and how many different faces
 * come out.
 */
import { existsSync } from 'node:fs';
import {
  countRepeats,
  dataPath,
  degradationNamed,
  fitResidue,
  ImageSet,
  key,
  last,
  loadFaces,
  loadReference,
  ready,
  sampleCold,
  sampleDenoiseRenoise,
  startingBits,
  tf,
  toBytes,
  type Degradation,
  type Images,
  type Network,
} from 'naive-diffusion';
import { hashOf, openModel, ResultFile } from './checkpoint.ts';

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
const checkpoints: Record<string, string> = { fadeToBlack: 'fade-to-black', fadeToColours: 'fade-to-colours' };

type Draws = 'algorithm 2, one draw' | 'algorithm 1, one draw' | 'fresh draws';

/** One point of the figure. */
interface Row {
  degradation: string;
  draws: Draws;
  checkpoint: string;
  sha256: string;
  steps: number;
  S: number;
  images: number;
  /** Bits of randomness in z_T, and bits that come in on the way back. */
  bits: { start: number; way: number };
  /** Different pictures, and different combinations of attributes as the classifier reads them. */
  distinct: { pictures: number; combinations: number };
}

await ready();
const results = new ResultFile<Row>('variety', { command: 'npm run results -- variety', seed });
const { judge, dispose } = await loadReference('faces');
const data = await loadFaces({ split: 'train' });
for (const name of Object.keys(bits)) {
  const checkpoint = name === 'binomial' ? 'denoise-renoise-faces' : `cold-${checkpoints[name] ?? name}-faces`;
  if (!existsSync(dataPath('checkpoints', `${checkpoint}.safetensors`))) {
    console.log(`${name}: no ${checkpoint}, left out`);
    continue;
  }
  if (results.rows.some((row) => row.degradation === name && row.sha256 === hashOf(checkpoint))) continue;
  const { network, ...model } = await openModel(checkpoint);
  const degradation = await degradationNamed(name, name === 'fadeToColours' ? { colours: 12 } : {});
  const residue = degradation.residue && fitResidue(degradation, data);
  const drawsAny = bits[name].seen + bits[name].hidden > 0;
  for (const draws of ['algorithm 2, one draw', 'algorithm 1, one draw', 'fresh draws'] as const) {
    if (draws === 'fresh draws' && !drawsAny) continue;
    const images = await sample({ network, degradation, draws, residue });
    const { attributes } = await judge.look(images);
    const names = Object.keys(attributes).filter((attribute) => attribute !== 'hairColor');
    const combinations = new Set(
      Array.from({ length: count }, (_, i) => names.map((attribute) => attributes[attribute][i]).join()),
    ).size;
    const { distinct: pictures } = await countRepeats(images, { threshold });
    const { seen, hidden } = bits[name];
    const start = seen + (residue?.components ?? 0) * normal;
    const way = draws === 'fresh draws' ? (S - 1) * (seen + hidden) : hidden;
    const row: Row = {
      degradation: name,
      draws,
      ...model,
      S,
      images: count,
      bits: { start, way },
      distinct: { pictures, combinations },
    };
    results.put(row, (other) => other.degradation === name && other.draws === draws);
    console.log(name, draws, JSON.stringify(row.bits), JSON.stringify(row.distinct));
  }
  network.dispose();
}
dispose();

async function sample({
  network,
  degradation,
  draws,
  residue: fit,
}: {
  network: Network;
  degradation: Degradation;
  draws: Draws;
  residue?: ReturnType<typeof fitResidue>;
}): Promise<ImageSet> {
  const parts: Uint8Array[] = [];
  for (let batch = 0; batch * batchSize < count; batch++) {
    const residue = fit && tf.tidy(() => fit.sample(key(seed, 2 ** 40 + batch), batchSize));
    const options = {
      network,
      degradation,
      S,
      shape: [batchSize, 32, 32, 3] as [number, number, number, number],
      seed: seed * 1000 + batch,
      residue,
    };
    const images: Images = await last(
      draws === 'fresh draws'
        ? sampleDenoiseRenoise(options)
        : sampleCold({ ...options, algorithm: draws === 'algorithm 1, one draw' ? 1 : 2, draw: 'fixed' }),
    );
    parts.push(toBytes(images));
    tf.dispose([images, ...(residue ? [residue] : [])]);
  }
  return new ImageSet({
    name: draws,
    height: 32,
    width: 32,
    channels: 3,
    pixels: Uint8Array.from(Buffer.concat(parts)),
  });
}

/** log₂ n!. */
function logFactorial(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i++) sum += Math.log2(i);
  return sum;
}
