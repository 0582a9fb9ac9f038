import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { SweepPoint } from 'naive-diffusion';
import { checkpointFile } from '../evaluation/checkpoints.ts';
import { readJson } from '../read-json.ts';
import { sha256Of } from '../sha256.ts';
import { modelName, nameOf, type Point, sweptIn } from './points.ts';

/** A training, which may be that of several points. */
export interface Training {
  id: string;
  /** Of `npm run train`. */
  args: string[];
  /** Where it is written, and in it what it goes on from. */
  folder: string;
  state: string;
  /** The models that it leaves. */
  files: string[];
}

/** The evaluation of a point. */
export interface Evaluation {
  /** The name of the point. */
  id: string;
  /** The training that its model comes from, unless that is there already. */
  training?: string;
  checkpoint: string;
  /** Of `npm run evaluate`. */
  args: string[];
  /** The file of its answers. */
  result: string;
}

/** Notes that a training is finished: the hashes of what it has left. */
const Mark = v.record(v.string(), v.string());

/** How long a command waits for one of the same work that was told to end: it is at its last step, or metric. */
const patience = ['--wait', '120'];

/**
 * What is to be done for some points of a sweep.
 * @param points those that have no result yet
 * @param all all of them, by which names are chosen and trainings shared
 * @param folder where the sweep keeps what it makes
 */
export function planFor(
  points: readonly Point[],
  { all, folder, imports }: { all: readonly Point[]; folder: string; imports: readonly string[] },
): { trainings: Training[]; evaluations: Evaluation[] } {
  const trainings = new Map<string, Training>();
  const evaluations = points.map((point): Evaluation => {
    const training = point.recipe === undefined ? undefined : trainingOf(point, all, folder);
    const isOpen = training !== undefined && !isFinished(training);
    if (isOpen) trainings.set(training.id, training);
    const checkpoint = training ? modelOf(training, point) : checkpointFile(point.checkpoint!);
    const result = resultFile(folder, point);
    const { samples, seed, batch, set, randomness } = point.evaluate;
    const code = point.code?.import;
    const args = [
      ...['--checkpoint', point.checkpoint ?? checkpoint, '--name', point.name, '--result', result],
      ...settings('--set', set),
      ...['--samples', String(samples), '--seed', String(seed), '--batch', String(batch)],
      ...imports.flatMap((file) => ['--import', file]),
      ...(code === undefined ? [] : ['--code', code]),
      ...(randomness ? [] : ['--no-randomness']),
      ...['--out', path.join(folder, 'samples', code ?? ''), ...patience],
    ];
    return { id: point.name, training: isOpen ? training.id : undefined, checkpoint, args, result };
  });
  return { trainings: [...trainings.values()], evaluations };
}

/** The file that the answers of a point are written to. */
export function resultFile(folder: string, point: Point): string {
  return path.join(folder, 'results', `${point.name}-${hashOf({ ...definitionOf(point), code: point.code })}.json`);
}

/** What was asked for, as it stands in the table: the point without its name. */
export function definitionOf({ recipe, options, steps, after, checkpoint, evaluate }: SweepPoint): SweepPoint {
  const trained = recipe === undefined ? { checkpoint } : { recipe, options, steps };
  return { ...trained, ...(after !== undefined && { after }), evaluate };
}

/** Notes that a training is finished. */
export function finish(training: Training, write: (file: string, text: string) => void): void {
  const hashes = Object.fromEntries(training.files.map((file) => [path.basename(file), sha256Of(file)]));
  write(path.join(training.folder, 'finished.json'), `${JSON.stringify(hashes)}\n`);
}

/** Whether it has not begun, and the same has with another version of its recipe. */
export function isEdited({ id, folder }: Training): boolean {
  const all = path.dirname(folder);
  if (!existsSync(all) || existsSync(folder)) return false;
  const stem = id.slice(0, id.lastIndexOf('-'));
  return readdirSync(all).some((other) => other.slice(0, other.lastIndexOf('-')) === stem);
}

function isFinished({ folder, files }: Training): boolean {
  const mark = path.join(folder, 'finished.json');
  if (!existsSync(mark) || !files.every((file) => existsSync(file))) return false;
  const hashes = files.map((file) => [path.basename(file), sha256Of(file)]);
  return isDeepStrictEqual(readJson(mark, Mark), Object.fromEntries(hashes));
}

function trainingOf(point: Point, all: readonly Point[], root: string): Training {
  const { recipe, steps, asked, saveEvery } = point;
  const definition = trainedAs(point);
  const code = point.code?.recipe;
  const same = all.filter((other) => isDeepStrictEqual(definition, trainedAs(other)));
  const kept = [...new Set(same.map(({ after }) => after ?? steps!))]
    .filter((after) => after < steps!)
    .sort((a, b) => a - b);
  const model = modelName(point);
  const swept = sweptIn(all).filter((place) => place !== 'after' && !place.startsWith('evaluate.'));
  const id = `${nameOf(point, swept)}-${hashOf({ ...definition, kept })}-${code!.slice(0, 8)}`;
  const folder = path.join(root, 'trainings', id);
  const files = [`${model}.safetensors`, ...kept.map((step) => `${model}-${step}.safetensors`)];
  const args = [
    ...['--recipe', recipe!, ...settings('--option', asked), '--steps', String(steps)],
    ...(saveEvery === undefined ? [] : ['--save-every', String(saveEvery)]),
    ...(kept.length > 0 ? ['--keep', kept.join()] : []),
    ...['--code', code!, '--out', folder, ...patience],
  ];
  const inside = (file: string) => path.join(folder, model, file);
  return { id, args, folder, state: inside('state.safetensors'), files: files.map(inside) };
}

const trainedAs = ({ recipe, options, steps }: Point) => ({ recipe, options, steps });

/** The model of a point: that of the end, or one on the way. */
function modelOf({ files }: Training, { after, steps }: Point): string {
  if (after === undefined || after === steps) return files[0];
  return files.find((file) => file.endsWith(`-${after}.safetensors`))!;
}

function settings(option: string, values: Record<string, unknown>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${String(value)}`]);
}

function hashOf(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}
