import { absolute, listFolder, readWhole } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { isObject, parseJson } from '../data/json.js';
import { dataPath } from '../data/location.js';
import type { RecipeOptions } from '../training/recipe.js';
import type { Spec } from '../types.js';
import type { Evaluation } from './evaluate.js';
import type { Randomness } from './sample-model.js';

/** What `npm run evaluate` writes to `data/results`. */
export interface EvaluationResult {
  kind: 'evaluation';
  /** What the model is called: that of its checkpoint, and of its sampler where there are several. */
  name: string;
  evaluation: Evaluation;
  /** How the model was trained; absent for images that no model made. */
  training?: {
    steps: number;
    minutes?: number;
    processorMinutes?: number;
    weights: number;
    about?: string;
    command?: string;
  };
  /** How the images were sampled. */
  sampling?: { sampler: Spec; degradation?: Spec; seed: number; batchSize: number; secondsPerImage: number };
  randomness?: Randomness;
  /** The hash of the checkpoint, what ran, and where. */
  sha256?: string;
  command?: string;
  backend?: string;
  machine?: string;
  /** What was asked for, where it is a point of a sweep. */
  point?: SweepPoint;
}

/** A point of a sweep: how a model was trained, or which one was taken, and how it was evaluated. */
export interface SweepPoint {
  /** What trained it, with all values of its options, and the steps of the run. */
  recipe?: string;
  options?: RecipeOptions;
  steps?: number;
  /** After how many of these steps the model was looked at, where that was on the way. */
  after?: number;
  /** The model that was there already. */
  checkpoint?: string;
  /** As `npm run evaluate` has them: `set` are other values for options of the sampler. */
  evaluate: {
    samples: number;
    seed: number;
    batch: number;
    set: Record<string, number | string | boolean>;
    randomness: boolean;
  };
}

/** Which results {@link loadResults} reads. */
export interface ResultsOptions {
  /** Only those of one data set. */
  dataset?: 'digits' | 'faces';
  /** Those of a sweep, such as `equal-budget` or `sampling-steps`, instead of the models as they are. */
  sweep?: string;
}

/**
 * All results of evaluations in `data/results`, by name, or all points of a sweep, in its order. What is damaged, or
 * lacks a number that {@link resultTable} shows, is left out with a warning that names it. Of the models as they are
 * there may be none yet.
 * @throws {TypeError} when an option is out of range
 * @throws {Error} naming folder or file, when there is no such sweep or it cannot be read
 */
export async function loadResults({ dataset, sweep }: ResultsOptions = {}): Promise<EvaluationResult[]> {
  if (dataset !== undefined && dataset !== 'digits' && dataset !== 'faces')
    throw new TypeError(`loadResults: dataset must be 'digits' or 'faces', got ${JSON.stringify(dataset)}`);
  if (sweep !== undefined && (typeof sweep !== 'string' || !/^[^./\\][^/\\]*$/.test(sweep)))
    throw new TypeError(`loadResults: sweep must be the name of one, no path, got ${JSON.stringify(sweep)}`);
  const results: EvaluationResult[] = [];
  for (const { where, read } of sweep === undefined ? await resultFiles() : await rowsOf(sweep)) {
    try {
      const result = checkResult(await read(), where);
      if (result && (!dataset || result.evaluation.dataset === dataset)) results.push(result);
    } catch (error) {
      console.warn(`${(error as Error).message}; it is left out`);
    }
  }
  return results;
}

/** Something that may be a result, and what errors call it. */
interface Found {
  where: string;
  read(): unknown;
}

/** The files of the models as they are. */
async function resultFiles(): Promise<Found[]> {
  const folder = absolute(dataPath('results'));
  const entries = await listFolder('loadResults', folder, { missing: 'empty' });
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith('.json') && name !== 'index.json');
  return files.sort().map((name) => ({ where: join(folder, name), read: () => readFile(join(folder, name)) }));
}

/** The rows of a sweep's file. */
async function rowsOf(sweep: string): Promise<Found[]> {
  const path = absolute(dataPath('results', 'sweeps', `${sweep}.json`));
  const value = await readFile(path);
  if (!isObject(value) || value.kind !== 'sweep' || !Array.isArray(value.rows))
    throw new Error(`loadResults: ${path} is no sweep's`);
  return value.rows.map((row: unknown, i) => ({ where: `${path}, row ${i + 1}`, read: () => row }));
}

async function readFile(path: string): Promise<unknown> {
  const text = await readWhole('loadResults', path, 'restore it from the repository, or measure again');
  return parseJson(`loadResults: ${path}`, new TextDecoder().decode(text));
}

/** What was read as a result, or nothing where it is a measurement of another kind. */
function checkResult(value: unknown, path: string): EvaluationResult | undefined {
  if (!isObject(value) || typeof value.kind !== 'string') throw new Error(`loadResults: ${path} is no measurement`);
  if (value.kind !== 'evaluation') return undefined;
  if (typeof value.name !== 'string' || value.name === '') throw new Error(`loadResults: ${path} has no name`);
  const result = value as unknown as EvaluationResult;
  for (const [title, cell] of Object.values(resultColumns).flat() as Column[]) {
    // What the table can show is a result.
    if (/undefined|null|NaN|\[object/.test(shown(cell, result)))
      throw new Error(`loadResults: ${path} is no complete result of an evaluation: it lacks what '${title}' shows`);
  }
  return result;
}

/** A cell of the table, or `undefined` where the result lacks what is in it. */
function shown(cell: Column[1], result: EvaluationResult): string {
  try {
    return cell(result);
  } catch {
    return 'undefined';
  }
}

/** A column of {@link resultTable}. */
export type Column = [title: string, cell: (result: EvaluationResult) => string];

/** The columns of {@link resultTable}, by the question that they answer. */
export const resultColumns = {
  /** What it took: model, steps, minutes, samples, time for each. */
  budget: [
    ['model', ({ name }) => name],
    ['steps', ({ training }) => training?.steps.toLocaleString('en') ?? ''],
    ['minutes', ({ training }) => (training?.minutes ?? '').toString()],
    ['samples', ({ evaluation }) => evaluation.samples.toLocaleString('en')],
    ['ms per sample', ({ sampling }) => (sampling ? number(1000 * sampling.secondsPerImage) : '')],
  ],
  /** Is the output like the data? */
  likeness: [
    ['Fréchet distance', ({ evaluation }) => frechet(evaluation.likeness.frechet)],
    ['floor', ({ evaluation }) => number(evaluation.likeness.floor.distance)],
    ['kernel distance', ({ evaluation }) => kernel(evaluation.likeness.kernel)],
    ['precision', ({ evaluation }) => evaluation.likeness.precision.toFixed(2)],
    ['recall', ({ evaluation }) => evaluation.likeness.recall.toFixed(2)],
    ['density', ({ evaluation }) => evaluation.likeness.density.toFixed(2)],
    ['least decided attribute', ({ evaluation }) => leastDecided(evaluation.likeness.decided)],
    ['coverage', ({ evaluation }) => evaluation.likeness.coverage.toFixed(2)],
  ],
  /** Does it generalise? */
  generalisation: [
    ['closer to training than unseen images', ({ evaluation }) => closer(evaluation.generalisation)],
    ['nearest training image', ({ evaluation }) => nearest(evaluation.generalisation)],
    ['held-out combinations', ({ evaluation }) => novel(evaluation.generalisation)],
    ['faked by a memoriser', ({ evaluation }) => share(evaluation.generalisation.novel?.floor)],
    ['without a split', ({ evaluation }) => share(evaluation.generalisation.novel?.expected)],
  ],
  /** Does it vary? */
  variety: [
    ['distinct combinations', ({ evaluation }) => combinations(evaluation.variety)],
    ['largest imbalance', ({ evaluation }) => largestImbalance(evaluation.variety.imbalance)],
    ['repeated pairs', ({ evaluation }) => evaluation.variety.repeats.pairs.toLocaleString('en')],
    ['distinct images', ({ evaluation }) => distinct(evaluation.variety.birthday)],
  ],
  /** Where does the randomness come from? */
  randomness: [
    ['bits in z_T', ({ randomness }) => randomness?.bits?.toLocaleString('en') ?? ''],
    ['variance that z_T explains', ({ randomness }) => explained(randomness)],
  ],
  /** Is it sharp and free of noise? */
  sharpness: [
    ['fast variation', ({ evaluation }) => beside(evaluation.sharpness.highFrequency, percent)],
    ['isolated pixels', ({ evaluation }) => beside(evaluation.sharpness.outliers, (x) => x.toFixed(1))],
  ],
} satisfies Record<string, Column[]>;

/**
 * A table in Markdown, a row for each result: `show({ 'text/markdown': resultTable(await loadResults()) })`.
 * @param columns of {@link resultColumns}; the model's name is always the first
 */
export function resultTable(
  results: readonly EvaluationResult[],
  columns: readonly Column[] = Object.values(resultColumns).flat(),
): string {
  const [name] = resultColumns.budget as Column[];
  const all = [name, ...columns.filter(([title]) => title !== name[0])];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return (
    line(all.map(([title]) => title)) +
    line(all.map((_, i) => (i === 0 ? '---' : '---:'))) +
    results.map((result) => line(all.map(([, cell]) => cell(result)))).join('')
  );
}

/** Three digits, but no fewer than stand before the point. */
function number(x: number): string {
  return Math.abs(x) >= 100 ? x.toFixed(0) : Number(x.toPrecision(Math.abs(x) < 0.1 ? 2 : 3)).toString();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(p < 0.1 ? 3 : 2);
}

function thousand(x: number): string {
  return Number(x.toPrecision(2)).toLocaleString('en');
}

type Likeness = Evaluation['likeness'];
type Generalisation = Evaluation['generalisation'];
type Variety = Evaluation['variety'];

function frechet({ distance, low, high }: Likeness['frechet']): string {
  return `${number(distance)} (${number(low)} to ${number(high)})`;
}

function kernel({ distance, deviation }: Likeness['kernel']): string {
  return `${number(distance)} ± ${number(deviation)}`;
}

function leastDecided(decided: Likeness['decided']): string {
  const least = Object.entries(decided).reduce((a, b) => (b[1].samples < a[1].samples ? b : a));
  return `${least[0]} ${beside(least[1], percent)}`;
}

function closer({ closer, p }: Generalisation): string {
  return `${percent(closer)} (p ${probability(p)})`;
}

function nearest({ nearest: { samples, real } }: Generalisation): string {
  return `${samples.toFixed(3)} (unseen ${real.toFixed(3)})`;
}

function novel({ novel }: Generalisation): string {
  return novel ? `${percent(novel.share)} (${percent(novel.low)} to ${percent(novel.high)})` : '';
}

function combinations({ combinations: { distinct, expected } }: Variety): string {
  return `${distinct} of ${expected.toFixed(0)} expected`;
}

function largestImbalance(imbalance: Variety['imbalance']): string {
  const [name, most] = Object.entries(imbalance).reduce((a, b) => (b[1] > a[1] ? b : a));
  return `${percent(most)} (${name})`;
}

/** JSON has no infinite numbers: null stands for them. */
function distinct({ distinct, low, high }: Variety['birthday']): string {
  if (distinct === null) return `at least ${thousand(low)}`;
  return `${thousand(distinct)} (${thousand(low)} to ${high === null ? '∞' : thousand(high)})`;
}

function explained(randomness?: Randomness): string {
  if (!randomness?.explained) return '';
  return `${percent(randomness.explained.share)} ± ${percent(randomness.explained.error)}`;
}

function beside({ samples, real }: { samples: number; real: number }, words: (x: number) => string): string {
  return `${words(samples)} (data ${words(real)})`;
}

function share(x: number | undefined): string {
  return x === undefined ? '' : percent(x);
}
