import { appendFile, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  countWeights,
  dataPath,
  describeBackend,
  evaluate,
  type EvaluationResult,
  type ImageSet,
  loadCheckpoint,
  loadDigits,
  loadFaces,
  loadReference,
  measureRandomness,
  type Network,
  prepareSampler,
  ready,
  type Reference,
  resultTable,
  type Spec,
  writeWhole,
} from 'naive-diffusion';
import { otherImages } from '../data/other-images.ts';
import { Mistake, type Settings } from '../command-line.ts';
import { removeUnfinished } from '../one-writer.ts';
import { check } from '../read-json.ts';
import { EvaluationNotes } from '../schemas.ts';
import { sha256Of } from '../sha256.ts';
import { checkpointFile, resultName } from './checkpoints.ts';
import { sampleIntoSheets } from './sheets.ts';

/** Options of {@link evaluateModel}. */
export interface EvaluateOptions {
  checkpoint?: string;
  real?: 'digits' | 'faces';
  samples: number;
  seed: number;
  batch: number;
  set: Settings;
  /** Files that define parts of the reader's own, which the checkpoint names. */
  import: string[];
  name?: string;
  /** The file that the answers are written to, unless data/results/NAME.json. */
  result?: string;
  out: string;
  /** Seconds. */
  wait: number;
  randomness: boolean;
}

/** Asks all questions of a model, or of real images, and writes the answers to a file. */
export async function evaluateModel(options: EvaluateOptions): Promise<void> {
  const name = resultName(options);
  for (const own of options.import) await importParts(own);
  await ready();
  const result = options.real ? await ofData(options.real, name, options) : await ofModel(name, options);
  const file = options.result ?? dataPath('results', `${result.name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  removeUnfinished(path.dirname(file));
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  writeWhole('evaluate', file, `${JSON.stringify(result, rounded, 1)}\n`);
  const table = resultTable([result]);
  await mkdir(options.out, { recursive: true });
  await appendFile(path.join(options.out, 'rows.md'), table.split('\n')[2] + '\n');
  console.log(`${table}\n${path.relative('.', file)}`);
}

/** Imports a file that defines parts: in the registries of this process, since there is one library in it. */
async function importParts(file: string): Promise<void> {
  await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw new Error(`evaluate: ${file} cannot be imported: ${String(cause)}`, { cause });
  });
}

async function ofModel(name: string, options: EvaluateOptions): Promise<EvaluationResult> {
  const file = checkpointFile(options.checkpoint!);
  const checkpoint = await loadCheckpoint(file);
  const { network, card } = checkpoint;
  // All that the tables will want, before hours go into it.
  const notes = check(checkpoint.notes, EvaluationNotes, `evaluate: the notes of ${file}`);
  if (!card.sampler) throw new Mistake(`evaluate: the card of ${file} names no sampler: it is not made to make images`);
  const sampler: Spec = { ...card.sampler, ...Object.fromEntries(options.set) };
  const sha256 = sha256Of(file);
  const data = await checkImages(network, notes.dataset, file);
  await prepareSampler({ model: checkpoint, data }, sampler).catch((error: unknown) => {
    throw new Mistake(`evaluate: ${(error as Error).message}`);
  });
  const reference = await loadReference(notes.dataset);
  const { samples: count, seed, batch: batchSize, out, wait } = options;
  const { images, secondsPerImage } = await sampleIntoSheets({
    model: checkpoint,
    sampler,
    data: reference.train,
    name,
    sha256,
    count,
    seed,
    batchSize,
    out,
    wait,
  });
  const randomness = options.randomness
    ? await measureRandomness({ model: checkpoint, sampler, data: reference.train, seed })
    : undefined;
  const result = await answers(name, images, reference, options);
  const { steps, minutes, processorMinutes, about, command } = notes;
  const training = { steps, minutes, processorMinutes, weights: countWeights(network), about, command };
  network.dispose();
  return {
    ...result,
    training,
    sampling: {
      sampler,
      ...(card.degradation && { degradation: card.degradation }),
      seed,
      batchSize,
      secondsPerImage,
    },
    ...(randomness && { randomness }),
    sha256,
  };
}

/** The training images; throws unless a network makes images of their size. */
async function checkImages({ shape }: Network, dataset: 'digits' | 'faces', file: string): Promise<ImageSet> {
  const data = dataset === 'digits' ? await loadDigits() : await loadFaces();
  if (shape.join() !== data.shape.join())
    throw new Mistake(
      `evaluate: ${file} makes images of ${shape.join('x')}, the ${dataset} are ${data.shape.join('x')}`,
    );
  return data;
}

/**
 * Unseen real images in the place of samples. Of the faces, those of the data itself are all in use, so that others are
 * drawn.
 */
async function ofData(dataset: 'digits' | 'faces', name: string, options: EvaluateOptions): Promise<EvaluationResult> {
  const images = await otherImages(dataset, options.samples);
  return answers(name, images, await loadReference(dataset), options);
}

async function answers(
  name: string,
  images: ImageSet,
  reference: Reference,
  { seed }: EvaluateOptions,
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
