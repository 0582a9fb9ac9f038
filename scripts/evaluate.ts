/**
 * `npm run evaluate -- --checkpoint NAME`: samples from a model, asks all questions of chapter 7, and writes the
 * answers to data/results.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { decode, encode } from 'fast-png';
import {
  countWeights,
  dataPath,
  describeBackend,
  evaluate,
  type EvaluationResult,
  ImageSet,
  Interrupted,
  listPretrained,
  loadCheckpoint,
  loadReference,
  measureRandomness,
  type Network,
  ready,
  type Reference,
  resultTable,
  sampleModel,
  type Sampling,
  toBytes,
  writeWhole,
} from 'naive-diffusion';
import { sheet } from './data/sheet.ts';

interface Options {
  checkpoint?: string;
  real?: 'digits' | 'faces';
  samples: number;
  seed: number;
  batch: number;
  set: [string, unknown][];
  name?: string;
  series: string;
  out: string;
  randomness: boolean;
}

async function main(): Promise<void> {
  const options = new Command('npm run evaluate --')
    .option(
      '--checkpoint <name>',
      `a model of data/checkpoints (${(await listPretrained()).join(', ')}), or the path of a file`,
    )
    .option('--real <dataset>', 'instead of a model: unseen images of digits or faces, for comparison')
    .option('--samples <n>', 'how many images', wholeNumber, 10_000)
    .option('--seed <n>', 'seed of the sampler and of what the metrics draw', wholeNumber, 1)
    .option('--batch <n>', 'images sampled together', wholeNumber, 250)
    .option('--set <option=value...>', 'another value for an option of the sampler, such as S=16', option, [])
    .option('--name <name>', 'what the result is called; by default as the checkpoint, with the changed options')
    .option('--series <name>', 'puts the result into a folder of its own below data/results', '.')
    .option('--out <folder>', 'where samples are kept', 'runs/evaluate')
    .option('--no-randomness', 'leaves out where the randomness comes from, which takes some more samples')
    .parse()
    .opts<Options>();
  if (!options.checkpoint === !options.real) throw new Error('evaluate: give either --checkpoint or --real');
  await ready();
  const result = options.real ? await ofData(options.real, options) : await ofModel(options);
  const file = dataPath('results', options.series, `${result.name}.json`);
  writeWhole(
    'evaluate',
    file,
    `${JSON.stringify(result, (_, v: unknown) => (typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(6)) : v), 1)}\n`,
  );
  const table = resultTable([result]);
  await appendFile(path.join(options.out, 'rows.md'), table.split('\n')[2] + '\n');
  console.log(`${table}\n${path.relative('.', file)}`);
}

async function ofModel(options: Options): Promise<EvaluationResult> {
  const file = options.checkpoint!.endsWith('.safetensors')
    ? options.checkpoint!
    : dataPath('checkpoints', `${options.checkpoint}.safetensors`);
  const { network, notes } = await loadCheckpoint(file);
  if (!notes.sampling)
    throw new Error(`evaluate: ${options.checkpoint} is not made for sampling: its notes say no sampler`);
  const stored = notes.sampling as Sampling;
  const sampling: Sampling = { ...stored, options: { ...stored.options, ...Object.fromEntries(options.set) } };
  const name =
    options.name ??
    [path.basename(file, '.safetensors'), ...options.set.map(([key, value]) => `${key}-${String(value)}`)].join('-');
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const reference = await loadReference(notes.dataset as 'digits' | 'faces');
  const { images, secondsPerImage } = await samples({ network, sampling, reference, name, sha256 }, options);
  const randomness = options.randomness
    ? await measureRandomness({ network, sampling, data: reference.train, seed: options.seed })
    : undefined;
  const result = await answers(name, images, reference, options);
  const { steps, minutes, processorMinutes, about } = notes as {
    steps: number;
    minutes?: number;
    processorMinutes?: number;
    about?: string;
  };
  const training = { steps, minutes, processorMinutes, weights: countWeights(network), about };
  network.dispose();
  return {
    ...result,
    training,
    sampling: { ...sampling, seed: options.seed, batchSize: options.batch, secondsPerImage },
    ...(randomness && { randomness }),
    sha256,
  };
}

/**
 * Unseen real images in the place of samples. Of the faces, those of the data itself are all in use, so that others are
 * drawn.
 */
async function ofData(dataset: 'digits' | 'faces', options: Options): Promise<EvaluationResult> {
  const { otherImages } = await import('./data/other-images.ts');
  return answers(
    options.name ?? `real-${dataset}`,
    await otherImages(dataset, options.samples),
    await loadReference(dataset),
    options,
  );
}

async function answers(
  name: string,
  images: ImageSet,
  reference: Reference,
  { seed }: Options,
): Promise<EvaluationResult> {
  const evaluation = await evaluate({
    images,
    reference,
    seed,
    onProgress: (what) => {
      console.log(`${name}: ${what}`);
    },
  });
  reference.dispose();
  return {
    kind: 'evaluation',
    name,
    evaluation,
    command: `npm run evaluate -- ${process.argv.slice(2).join(' ')}`,
    backend: describeBackend(),
    machine: `${os.cpus()[0].model}, ${os.availableParallelism()} cores`,
  };
}

interface Job {
  network: Network;
  sampling: Sampling;
  reference: Reference;
  name: string;
  sha256: string;
}

/** Samples batch by batch into PNG sheets; those that are there from an earlier run are not sampled again. */
async function samples(
  { network, sampling, reference, name, sha256 }: Job,
  { samples: count, seed, batch: batchSize, out }: Options,
): Promise<{ images: ImageSet; secondsPerImage: number }> {
  const id = createHash('sha256')
    .update(JSON.stringify([sha256, sampling, seed, batchSize]))
    .digest('hex')
    .slice(0, 8);
  const folder = path.join(out, `${name}-${id}`);
  await mkdir(folder, { recursive: true });
  const { height, width, channels } = reference.train;
  const file = (batch: number) => path.join(folder, `batch-${String(batch).padStart(4, '0')}.png`);
  const timing = path.join(folder, 'seconds.json');
  const shape = { size: height, perRow: 25, bytes: channels };
  let from = 0;
  while (from * batchSize < count && existsSync(file(from))) from++;
  let { images: timed, seconds } = existsSync(timing)
    ? (JSON.parse(await readFile(timing, 'utf8')) as { images: number; seconds: number })
    : { images: 0, seconds: 0 };
  if (from > 0) console.log(`${name}: ${Math.min(count, from * batchSize)} of ${count} samples are in ${folder}`);
  let begun = performance.now();
  // Whole batches, so that a later run with more samples can go on from here.
  const whole = Math.ceil(count / batchSize) * batchSize;
  for await (const { images, batch, done } of sampleModel({
    network,
    sampling,
    count: whole,
    seed,
    batchSize,
    from,
    data: reference.train,
  })) {
    [timed, seconds] = [timed + batchSize, seconds + (performance.now() - begun) / 1000];
    writeWhole('evaluate', file(batch), encode({ ...sheet(toBytes(images), shape), channels }));
    writeWhole('evaluate', timing, JSON.stringify({ images: timed, seconds }));
    console.log(`${name}: ${done} of ${count} samples, ${((1000 * seconds) / timed).toFixed(0)} ms each`);
    begun = performance.now();
  }
  const each = height * width * channels;
  const pixels = new Uint8Array(count * each);
  for (let i = 0; i < count; i += batchSize)
    pixels.set(
      cut(await readFile(file(i / batchSize)), shape).subarray(0, Math.min(batchSize, count - i) * each),
      i * each,
    );
  return { images: new ImageSet({ name, height, width, channels, pixels }), secondsPerImage: seconds / timed };
}

/** The tiles of a sheet, one after another; what is left of its last row comes along. */
function cut(png: Uint8Array, { size, perRow, bytes }: { size: number; perRow: number; bytes: number }): Uint8Array {
  const { data, width, height } = decode(png);
  const line = size * bytes;
  const pixels = new Uint8Array(data.length);
  for (let tile = 0, to = 0; tile < (height / size) * perRow; tile++) {
    for (let y = 0; y < size; y++, to += line) {
      const from = ((Math.floor(tile / perRow) * size + y) * width + (tile % perRow) * size) * bytes;
      pixels.set(data.subarray(from, from + line) as Uint8Array, to);
    }
  }
  return pixels;
}

function wholeNumber(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('expected a whole number of at least 1');
  return n;
}

function option(text: string, others: [string, unknown][]): [string, unknown][] {
  const [name, value] = text.split('=');
  if (!value) throw new InvalidArgumentError('expected an option of the sampler and its value, such as S=16');
  return [...others, [name, Number.isNaN(Number(value)) ? value : Number(value)]];
}

main().catch((error: unknown) => {
  console.error(
    error instanceof Interrupted
      ? 'evaluate: stopped; the same command goes on from here'
      : error instanceof Error
        ? error.message
        : error,
  );
  process.exitCode = 1;
});
