import { appendFile, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as shlex from 'shlex';
import type * as v from 'valibot';
import {
  type Checkpoint,
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
  type Model,
  type Network,
  prepareSampler,
  ready,
  type Reference,
  resultTable,
  type Spec,
  writeWhole,
} from 'naive-diffusion';
import { otherImages } from '../data/other-images.ts';
import { checkCode } from '../code-of.ts';
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
  /** The fingerprint that these files are to have. */
  code?: string;
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
  checkCode('evaluate', options.import, options.code);
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
export async function importParts(file: string): Promise<void> {
  await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw new Error(`evaluate: ${file} cannot be imported: ${String(cause)}`, { cause });
  });
}

async function ofModel(name: string, options: EvaluateOptions): Promise<EvaluationResult> {
  const file = checkpointFile(options.checkpoint!);
  const checkpoint = await loadCheckpoint(file);
  const { network, card } = checkpoint;
  // All that the tables will want, before hours go into it.
  const { sampler, notes } = await checkModel(checkpoint, options.set, file);
  const sha256 = sha256Of(file);
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

/**
 * Looks whether a model can be evaluated with these options of its sampler.
 * @param where what the model is called in errors
 * @throws {Mistake} naming what is wrong, before anything is sampled
 */
export async function checkModel(
  model: Checkpoint<Model>,
  set: Settings,
  where: string,
): Promise<{ sampler: Spec; notes: v.InferOutput<typeof EvaluationNotes> }> {
  const notes = check(model.notes, EvaluationNotes, `evaluate: the notes of ${where}`);
  const { card, network } = model;
  if (!card.sampler)
    throw new Mistake(`evaluate: the card of ${where} names no sampler: it is not made to make images`);
  const sampler: Spec = { ...card.sampler, ...Object.fromEntries(set) };
  const data = await imagesOf(notes.dataset);
  const { shape } = network as Network;
  if (shape?.join() !== data.shape.join())
    throw new Mistake(
      `evaluate: ${where} makes images of ${shape?.join('x')}, the ${notes.dataset} are ${data.shape.join('x')}`,
    );
  await prepareSampler({ model, data }, sampler).catch((error: unknown) => {
    throw new Mistake(`evaluate: ${(error as Error).message}`);
  });
  return { sampler, notes };
}

const loaded = new Map<string, Promise<ImageSet>>();

/** The training images, which are loaded once. */
function imagesOf(dataset: 'digits' | 'faces'): Promise<ImageSet> {
  const images = loaded.get(dataset) ?? (dataset === 'digits' ? loadDigits() : loadFaces());
  loaded.set(dataset, images);
  return images;
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
    command: `npm run evaluate -- ${shlex.join(process.argv.slice(2))}`,
    backend: describeBackend(),
    machine: `${os.cpus()[0].model}, ${os.availableParallelism()} cores`,
  };
}
