/**
 * `npm run results -- guidance`: what chapter 14 says of faces that are asked for: whether one gets what one asked for,
 * and what it costs in likeness and variety, by the way of asking and the weight of guidance.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  clipped,
  type Denoiser,
  dpmSolver2M,
  type FaceAttribute,
  faceAttributes,
  faceCaption,
  type FaceCombination,
  type Gaussian,
  type Given,
  guide,
  guideAll,
  karrasLevels,
  last,
  loadCheckpoint,
  loadFaces,
  loadReference,
  pretrained,
  Random,
  ready,
  sample,
  tf,
  tokenizer,
  type TokenizerOptions,
  type Weight,
  weightWithin,
  type Wish,
  ImageSet,
} from 'naive-diffusion';
import { type Judged, judgeSamples } from './judge-samples.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { Unfinished } from './unfinished.ts';
import { oneOf, visibleOf } from './wishes.ts';

const seed = 14;
const [count, batchSize, steps] = [250, 125, 16];
const name = 'captioned-faces';
/** The levels between which guidance is limited. */
const interval = { low: 0.2, high: 0.8 };
/** The model that is worse, for autoguidance: after so many steps of the same training. */
const early = 3490;

/** The level from which on the second of two wishes is heard, where they are heard one after the other. */
const second = 0.8;
/** What is decided first, and where there is most noise, is the largest. */
const bySize: readonly FaceAttribute[] = ['background', 'skin', 'hair', 'hairColor', 'glasses', 'facialHair'];

/**
 * How is asked: by a caption in seen wordings or in held-out ones, by attributes, with a variant of guidance, or with a
 * wish of its own for each attribute, all at once or one after the other.
 */
type Way =
  | 'caption'
  | 'held-out wordings'
  | 'attributes'
  | 'limited interval'
  | 'autoguidance'
  | 'captions, added'
  | 'attributes, added'
  | 'captions, in turn'
  | 'attributes, in turn';
/** What is asked for: one attribute of an unseen face, all of them, or a pair that no training face has. */
type Asked = 'one attribute' | 'whole face' | 'held-out pair';

/** One way of asking, and what came of it. */
interface Row extends Origin, Judged {
  way: Way;
  asked: Asked;
  weight: number;
  /** By attribute: how often it was asked for, and how often the judge read what was asked for. */
  adherence: Record<string, { asked: number; met: number }>;
  /** By value, the same. */
  values: Record<string, { asked: number; met: number }>;
  /** In how many samples all that was asked for is there. */
  whole: number;
  /** For pairs: in how many samples of each both are there. */
  pairs?: Record<string, { asked: number; met: number }>;
}

type Wanted = [way: Way, asked: Asked, weights: number[]];
/** What matters most comes first. */
const wanted: Wanted[] = [
  ['caption', 'one attribute', [2]],
  ['caption', 'held-out pair', [4]],
  ['held-out wordings', 'one attribute', [2]],
  ['caption', 'one attribute', [1, 3]],
  ['caption', 'held-out pair', [2]],
  ['captions, in turn', 'held-out pair', [4]],
  ['held-out wordings', 'one attribute', [3]],
  ['caption', 'one attribute', [0]],
  ['captions, added', 'held-out pair', [4]],
  ['attributes', 'one attribute', [2]],
  ['limited interval', 'one attribute', [2]],
  ['autoguidance', 'one attribute', [2]],
  ['attributes', 'held-out pair', [4]],
  ['caption', 'held-out pair', [6]],
  ['caption', 'whole face', [2]],
  ['held-out wordings', 'whole face', [2]],
  ['caption', 'one attribute', [1.5, 5]],
];

await ready();
const results = new ResultFile<Row, 'way' | 'asked' | 'weight'>('guidance', {
  command: 'npm run results -- guidance',
  seed,
  names: ['way', 'asked', 'weight'],
});
const jobs = results.missing(
  wanted.flatMap(([way, asked, weights]) =>
    weights.map((weight) => ({
      way,
      asked,
      weight,
      ...fileOf(name),
      seed,
      options: {
        count,
        batchSize,
        steps,
        ...(way === 'limited interval' && { interval }),
        ...(way === 'autoguidance' && { early }),
        ...(way.endsWith('in turn') && { second }),
      },
    })),
  ),
);
type Job = (typeof jobs)[number];

/** What each sample is asked for, the same for every way and weight. */
function askFor(asked: Asked, faces: FaceCombination[], pairs: readonly FaceCombination[]): FaceCombination[] {
  return Array.from({ length: count }, (_, i) => {
    if (asked === 'held-out pair') return pairs[i % pairs.length];
    const face = faces[i % faces.length];
    return asked === 'whole face' ? visibleOf(face) : oneOf(face, { seed, i });
  });
}

/** What is given for some samples; −1 and no words ask for nothing. */
function givenFor(way: Way, asks: FaceCombination[], first: number, encode: (texts: string[]) => tf.Tensor2D): Given {
  const isCaption = !way.startsWith('attributes');
  const wordings = way === 'held-out wordings' ? 'held-out' : 'seen';
  const texts = asks.map((values, i) =>
    isCaption ? faceCaption(values, { random: new Random({ seed, count: (first + i) * 128 }), wordings }) : '',
  );
  const numbers = (attribute: FaceAttribute) =>
    tf.tensor1d(
      asks.map((values) =>
        isCaption || values[attribute] === undefined ? -1 : faces.vocabulary[attribute].indexOf(values[attribute]),
      ),
    );
  return { caption: encode(texts), ...Object.fromEntries(faceAttributes.map((each) => [each, numbers(each)])) };
}

const faces = await loadFaces({ split: 'test' });

/** The denoiser of a job. */
function denoiserOf({ way, weight }: Job, model: Denoiser, worse: Denoiser | undefined, without: Given): Denoiser {
  if (weight === 1) return clipped(model);
  const strength: Weight = way === 'limited interval' ? weightWithin({ weight, ...interval }) : weight;
  const plain = way === 'autoguidance' ? clipped(worse!) : clipped(model);
  return clipped(
    guide({ wanted: clipped(model), plain, weight: strength, ...(way !== 'autoguidance' && { without }) }),
  );
}

/** A wish of its own for each attribute that is asked for; `nth` of them is all that each of the asks has then. */
function wishesFor({ way, weight }: Job, asks: FaceCombination[], give: (asks: FaceCombination[]) => Given): Wish[] {
  const most = Math.max(...asks.map((ask) => Object.keys(ask).length));
  return Array.from({ length: most }, (_, nth) => {
    const alone = asks.map((ask) => {
      const name = bySize.filter((each) => ask[each] !== undefined).at(nth);
      return name ? { [name]: ask[name] } : {};
    });
    const isLate = way.endsWith('in turn') && nth > 0;
    return { given: give(alone), weight: isLate ? weightWithin({ weight, low: 0, high: second, outside: 0 }) : weight };
  });
}

/** Whether the judge reads what was asked for. */
function readBack(asks: FaceCombination[], seen: Record<string, ArrayLike<number>>, asked: Asked) {
  const adherence: Row['adherence'] = {};
  const values: Row['values'] = {};
  const pairs: NonNullable<Row['pairs']> = {};
  let whole = 0;
  const count = (table: Row['values'], key: string, isMet: boolean) => {
    table[key] ??= { asked: 0, met: 0 };
    table[key].asked++;
    if (isMet) table[key].met++;
  };
  for (const [i, ask] of asks.entries()) {
    const each = Object.entries(ask) as [FaceAttribute, string][];
    const met = each.map(([attribute, word]) => faces.vocabulary[attribute][seen[attribute][i]] === word);
    for (const [k, [attribute, word]] of each.entries()) {
      count(adherence, attribute, met[k]);
      count(values, `${attribute} ${word}`, met[k]);
    }
    if (met.every(Boolean)) whole++;
    if (asked === 'held-out pair') count(pairs, each.map(([, word]) => word).join(' + '), met.every(Boolean));
  }
  return { adherence, values, whole, ...(asked === 'held-out pair' && { pairs }) };
}

if (jobs.length > 0) {
  const reference = await loadReference('faces');
  const model = await pretrained(name);
  const degradation = model.degradation as Gaussian;
  const levels = karrasLevels(degradation.schedule, { steps });
  const { caption } = (model.network.config as unknown as { text: { caption: TokenizerOptions } }).text;
  const { encode } = tokenizer(caption);
  const described = Array.from({ length: faces.length }, (_, i) => faces.describe(i));
  /** Asks for nothing, for so many samples. */
  const nothing = (samples: number) =>
    givenFor('caption', new Array<object>(samples).fill({}), 0, () => tf.zeros([samples, caption.length], 'int32'));
  const without = nothing(1);
  const earlier = path.join('runs', name, `${name}-${early}.safetensors`);
  const worse = existsSync(earlier) ? await loadCheckpoint(earlier) : undefined;
  for (const job of jobs) {
    if (job.way === 'autoguidance' && !worse) {
      console.log(`${earlier} is not there: npm run train -- --recipe ${name} --keep ${early} makes it`);
      continue;
    }
    const asks = askFor(job.asked, described, faces.heldOut);
    const isOne = !/added|in turn/.test(job.way);
    const images = new Unfinished('guidance', job, { batches: count / batchSize, batchSize });
    const pixels = await images.complete(async (batch) => {
      const first = batch * batchSize;
      const some = asks.slice(first, first + batchSize);
      const give = (asks: FaceCombination[]) => givenFor(job.way, asks, first, encode);
      const wishes = isOne ? [] : wishesFor(job, some, give);
      const given = job.weight === 0 ? nothing(batchSize) : give(some);
      const denoise = isOne
        ? denoiserOf(job, model.denoise!, worse?.denoise, without)
        : clipped(guideAll({ denoise: clipped(model.denoise!), wishes, without }));
      const samples = await last(
        sample({
          denoise,
          degradation,
          rule: dpmSolver2M,
          levels,
          ...(isOne && { given }),
          count: batchSize,
          seed: seed * 2 ** 20 + batch,
        }),
      );
      tf.dispose([given, ...wishes.map(({ given }) => given)]);
      return samples;
    });
    const judged = await judgeSamples(reference, pixels, { seed, resamples: 50 });
    const set = new ImageSet({ name: 'samples', height: 32, width: 32, channels: 3, pixels });
    const seen = await reference.judge.attributes(set);
    const row: Row = { ...job, ...readBack(asks, seen, job.asked), ...judged };
    results.put(row);
    images.remove();
    console.log(job.way, job.asked, job.weight, row.whole / count, judged.recall, judged.frechet.distance);
  }
  worse?.network.dispose();
  model.network.dispose();
  reference.dispose();
}
