/**
 * `npm run results -- small-spaces`: what chapter 16 says of faces at 64×64: how much an autoencoder keeps of unseen
 * faces, what diffusion in its latents and in pixels has learnt after how many minutes, and whether one gets the face
 * that a caption asks for. Models on the way are those that `npm run train -- --recipe NAME --keep STEPS` has left in
 * runs/; where they are not, their rows stay as they are.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type Autoencoder,
  clipped,
  dataPath,
  type Denoiser,
  dpmSolver2M,
  faceAttributes,
  faceCaption,
  type FaceCombination,
  frechetInterval,
  type FrechetInterval,
  type Gaussian,
  type Given,
  guide,
  ImageSet,
  karrasLevels,
  last,
  loadCheckpoint,
  loadClassifier,
  loadFaces,
  prdc,
  pretrained,
  Random,
  ready,
  rmse,
  type Rows,
  sample,
  ssim,
  tf,
  toBytes,
  tokenizer,
  type TokenizerOptions,
} from 'naive-diffusion';
import { processorSeconds } from '../processor-time.ts';
import { sha256Of } from '../sha256.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { oneOf } from './wishes.ts';

const seed = 16;
const [batchSize, steps, resamples] = [125, 16, 50];
const codecName = 'autoencoder-faces';

/** What is measured: real faces, faces that an autoencoder has had, samples, or samples by a caption. */
type Way = 'real' | 'restored' | 'samples' | 'one attribute';

interface Row extends Origin {
  /** The model's name; `checkpoint` says with a stroke that it is one on the way, which is not kept. */
  model: string;
  way: Way;
  /** Training steps of the model. */
  steps: number;
  /** Of guidance; 1 is none. */
  weight: number;
  /** Training time on two cores: half the minutes of the processor. */
  minutes: number;
  frechet: FrechetInterval;
  precision: number;
  recall: number;
  /** Of faces that an autoencoder has had. */
  ssim?: number;
  rmse?: number;
  /** Of samples: seconds of the processor for each. */
  processorSeconds?: number;
  /** By attribute: how often it was asked for, and how often the judge read what was asked for. */
  adherence?: Record<string, { asked: number; met: number }>;
}

type Wanted = [checkpoint: string, way: Way, steps: number[], count: number, weights?: number[]];
const wanted: Wanted[] = [
  ['faces-64', 'real', [0], 1000],
  [codecName, 'restored', [3800, 1000, 500], 1000],
  ['latent-faces', 'samples', [2000], 500],
  ['gaussian-faces-64', 'samples', [600, 400, 200], 500],
  ['latent-faces', 'samples', [1400, 700], 500],
  ['captioned-latents', 'one attribute', [0], 500, [1, 2, 3]],
];

/** The file of a model: the published one, or one on the way. 0 steps stand for the published one. */
function fileOf(checkpoint: string, at: number): string {
  if (checkpoint === 'faces-64') return dataPath('faces-64.png');
  const onTheWay = path.join('runs', checkpoint, `${checkpoint}-${at}.safetensors`);
  return existsSync(onTheWay) ? onTheWay : dataPath('checkpoints', `${checkpoint}.safetensors`);
}

await ready();
const results = new ResultFile<Row, 'checkpoint' | 'way' | 'steps' | 'weight'>('small-spaces', {
  command: 'npm run results -- small-spaces',
  seed,
  names: ['checkpoint', 'way', 'steps', 'weight'],
});
const candidates = wanted.flatMap(([checkpoint, way, all, count, weights = [1]]) =>
  all.flatMap((at) =>
    weights.map((weight) => ({ checkpoint, way, weight, file: fileOf(checkpoint, at), wanted: at, count })),
  ),
);

const judge = await loadClassifier('faces-64');
const unseen = await loadFaces({ size: 64, split: 'test' });
const known = await loadFaces({ size: 64 });
const features = await judge.features(unseen);
const { network: codec } = await pretrained<Autoencoder>(codecName);

/** The first rows of some features. */
const firstOf = ({ data, shape }: Rows, count: number): Rows => ({
  data: data.subarray(0, count * shape[1]),
  shape: [count, shape[1]],
});

/** Batches of images as one set. */
async function collected(count: number, make: (batch: number) => Promise<tf.Tensor4D>): Promise<ImageSet> {
  const parts: Uint8Array[] = [];
  for (let batch = 0; batch * batchSize < count; batch++) {
    const images = await make(batch);
    parts.push(toBytes(images));
    images.dispose();
  }
  return new ImageSet({
    name: 'samples',
    height: 64,
    width: 64,
    channels: 3,
    pixels: Uint8Array.from(Buffer.concat(parts)),
  });
}

/** What each sample is asked for: one attribute of an unseen face. */
function asksFor(count: number): FaceCombination[] {
  return Array.from({ length: count }, (_, i) => oneOf(unseen.describe(i % unseen.length), { seed, i }));
}

/** Captions for some samples, and no numbers. */
function givenFor(asks: FaceCombination[], first: number, encode: (texts: string[]) => tf.Tensor2D): Given {
  const texts = asks.map((some, i) => faceCaption(some, { random: new Random({ seed, count: (first + i) * 128 }) }));
  const numbers = faceAttributes.map((name) => [name, tf.fill([asks.length], -1)] as const);
  return { caption: encode(texts), ...Object.fromEntries(numbers) };
}

/** The share of what was asked for that the judge reads. */
async function adherenceOf(images: ImageSet, asks: FaceCombination[]) {
  const seen = await judge.attributes(images);
  const met: Record<string, { asked: number; met: number }> = {};
  for (const [i, some] of asks.entries())
    for (const [name, word] of Object.entries(some)) {
      const own = (met[name] ??= { asked: 0, met: 0 });
      own.asked++;
      if (judge.vocabulary[name][seen[name][i]] === word) own.met++;
    }
  return met;
}

for (const { file, wanted: at, count, ...named } of candidates) {
  if (!existsSync(file)) continue;
  const { checkpoint, way, weight } = named;
  const isPublished = file.startsWith(dataPath('checkpoints'));
  const isReal = way === 'real';
  const model = isReal ? undefined : await loadCheckpoint(file);
  const trained = model ? (model.notes as { steps: number; processorMinutes: number }) : undefined;
  if (trained && at > 0 && trained.steps !== at) continue;
  const job = {
    model: checkpoint,
    ...named,
    checkpoint: isPublished ? checkpoint : `${checkpoint}/${trained?.steps ?? 'real'}`,
    steps: trained?.steps ?? 0,
    sha256: sha256Of(file),
    seed,
    options: isReal || way === 'restored' ? { count } : { count, batchSize, sampling: steps },
  };
  if (results.missing([job]).length === 0) continue;
  const before = processorSeconds();
  let images: ImageSet;
  let asks: FaceCombination[] | undefined;
  if (!model) images = known.subset({ end: count });
  else if (way === 'restored') {
    const own = model.network as unknown as Autoencoder;
    images = await collected(count, (batch) =>
      Promise.resolve(
        tf.tidy(() =>
          own
            .decode(own.encode(unseen.images(Array.from({ length: batchSize }, (_, i) => batch * batchSize + i))))
            .clone(),
        ),
      ),
    );
  } else {
    const degradation = model.degradation as Gaussian;
    const inLatents = checkpoint !== 'gaussian-faces-64';
    const plain = inLatents ? model.denoise! : clipped(model.denoise!);
    const levels = karrasLevels(degradation.schedule, { steps, least: 0.01, most: 80 });
    const text = (model.network.config as unknown as { text?: { caption?: TokenizerOptions } }).text?.caption;
    const encode = text && tokenizer(text).encode;
    asks = encode && asksFor(count);
    const without = encode && givenFor([{}], 0, () => encode(['']));
    const denoise: Denoiser = weight === 1 ? plain : guide({ wanted: plain, plain, weight, without: without! });
    images = await collected(count, async (batch) => {
      const start = batch * batchSize;
      const given = asks && givenFor(asks.slice(start, start + batchSize), start, encode!);
      const turns = sample({
        denoise,
        degradation,
        rule: dpmSolver2M,
        levels,
        count: batchSize,
        seed: seed * 2 ** 20 + batch,
        ...(given && { given }),
      });
      const end = await last(turns);
      const result = inLatents ? codec.decode(end) : end.clone();
      end.dispose();
      tf.dispose(given ?? {});
      return result;
    });
    tf.dispose(without ?? {});
  }
  const each = (processorSeconds() - before) / count;
  const own = await judge.features(images);
  const real = firstOf(features, count);
  const { precision, recall } = await prdc(real, own);
  const row: Row = {
    ...job,
    minutes: (trained?.processorMinutes ?? 0) / 2,
    frechet: await frechetInterval(own, real, { seed, resamples }),
    precision,
    recall,
    ...(way === 'restored' && { ssim: ssim(images, unseen).mean, rmse: rmse(images, unseen).mean }),
    ...(model && way !== 'restored' && { processorSeconds: each }),
    ...(asks && { adherence: await adherenceOf(images, asks) }),
  };
  results.put(row);
  model?.network.dispose();
  console.log(checkpoint, way, row.steps, weight, row.frechet.distance, recall, row.ssim ?? '', row.adherence ?? '');
}
codec.dispose();
judge.dispose();
