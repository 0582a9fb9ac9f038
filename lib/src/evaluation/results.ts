import { readdir, readFile } from 'node:fs/promises';
import { dataPath } from '../data/location.js';
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
  training?: { steps: number; minutes?: number; processorMinutes?: number; weights: number; about?: string };
  /** How the images were sampled. */
  sampling?: { sampler: Spec; degradation?: Spec; seed: number; batchSize: number; secondsPerImage: number };
  randomness?: Randomness;
  /** The hash of the checkpoint, what ran, and where. */
  sha256?: string;
  command?: string;
  backend?: string;
  machine?: string;
}

/**
 * All results of evaluations in `data/results`, by name.
 * @param options.dataset only those of one data set
 * @param options.series those of a series in a folder of its own, such as `sampling-steps` or `training`, instead of
 * the models as they are
 */
export async function loadResults({
  dataset,
  series = '.',
}: { dataset?: 'digits' | 'faces'; series?: string } = {}): Promise<EvaluationResult[]> {
  const folder = dataPath('results', series);
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
  const read = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as Partial<EvaluationResult>),
  );
  return (read as EvaluationResult[]).filter(
    ({ kind, evaluation }) => kind === 'evaluation' && (!dataset || evaluation.dataset === dataset),
  );
}

/** A column of {@link resultTable}. */
export type Column = [title: string, cell: (result: EvaluationResult) => string];

/** The columns of {@link resultTable}, by the question that they answer. */
export const resultColumns = {
  /** What a model cost. */
  budget: [
    ['model', ({ name }) => name],
    ['steps', ({ training }) => training?.steps.toLocaleString('en') ?? ''],
    ['minutes', ({ training }) => (training?.minutes ?? '').toString()],
    ['samples', ({ evaluation }) => evaluation.samples.toLocaleString('en')],
    ['ms per sample', ({ sampling }) => (sampling ? number(1000 * sampling.secondsPerImage) : '')],
  ],
  /** Is the output like the data? */
  likeness: [
    [
      'Fréchet distance',
      ({
        evaluation: {
          likeness: { frechet },
        },
      }) => `${number(frechet.distance)} (${number(frechet.low)} to ${number(frechet.high)})`,
    ],
    [
      'floor',
      ({
        evaluation: {
          likeness: { floor },
        },
      }) => number(floor.distance),
    ],
    [
      'kernel distance',
      ({
        evaluation: {
          likeness: { kernel },
        },
      }) => `${number(kernel.distance)} ± ${number(kernel.deviation)}`,
    ],
    ['precision', ({ evaluation: { likeness } }) => likeness.precision.toFixed(2)],
    ['recall', ({ evaluation: { likeness } }) => likeness.recall.toFixed(2)],
    ['density', ({ evaluation: { likeness } }) => likeness.density.toFixed(2)],
    [
      'least decided attribute',
      ({
        evaluation: {
          likeness: { decided },
        },
      }) => {
        const [name, { samples, real }] = Object.entries(decided).reduce((a, b) =>
          b[1].samples < a[1].samples ? b : a,
        );
        return `${name} ${percent(samples)} (data ${percent(real)})`;
      },
    ],
    ['coverage', ({ evaluation: { likeness } }) => likeness.coverage.toFixed(2)],
  ],
  /** Does it generalise? */
  generalisation: [
    [
      'closer to training than unseen images',
      ({
        evaluation: {
          generalisation: { closer, p },
        },
      }) => `${percent(closer)} (p ${probability(p)})`,
    ],
    [
      'nearest training image',
      ({
        evaluation: {
          generalisation: { nearest },
        },
      }) => `${nearest.samples.toFixed(3)} (unseen ${nearest.real.toFixed(3)})`,
    ],
    [
      'held-out combinations',
      ({
        evaluation: {
          generalisation: { novel },
        },
      }) => (novel ? `${percent(novel.share)} (${percent(novel.low)} to ${percent(novel.high)})` : ''),
    ],
    [
      'faked by a memoriser',
      ({
        evaluation: {
          generalisation: { novel },
        },
      }) => (novel?.floor === undefined ? '' : percent(novel.floor)),
    ],
    [
      'without a split',
      ({
        evaluation: {
          generalisation: { novel },
        },
      }) => (novel?.expected === undefined ? '' : percent(novel.expected)),
    ],
  ],
  /** Does it vary? */
  variety: [
    [
      'distinct combinations',
      ({
        evaluation: {
          variety: { combinations },
        },
      }) => `${combinations.distinct} of ${combinations.expected.toFixed(0)} expected`,
    ],
    [
      'largest imbalance',
      ({
        evaluation: {
          variety: { imbalance },
        },
      }) => {
        const [name, most] = Object.entries(imbalance).reduce((a, b) => (b[1] > a[1] ? b : a));
        return `${percent(most)} (${name})`;
      },
    ],
    [
      'repeated pairs',
      ({
        evaluation: {
          variety: { repeats },
        },
      }) => repeats.pairs.toLocaleString('en'),
    ],
    [
      'distinct images',
      ({
        evaluation: {
          variety: { birthday },
        },
      }) =>
        birthday.distinct === null
          ? `at least ${thousand(birthday.low)}`
          : `${thousand(birthday.distinct)} (${thousand(birthday.low)} to ${birthday.high === null ? '∞' : thousand(birthday.high)})`,
    ],
  ],
  /** Where does its randomness come from? */
  randomness: [
    ['bits in z_T', ({ randomness }) => randomness?.bits?.toLocaleString('en') ?? ''],
    [
      'variance that z_T explains',
      ({ randomness }) =>
        randomness?.explained ? `${percent(randomness.explained.share)} ± ${percent(randomness.explained.error)}` : '',
    ],
  ],
  /** Is it sharp and free of noise? */
  sharpness: [
    [
      'fast variation',
      ({
        evaluation: {
          sharpness: { highFrequency },
        },
      }) => `${percent(highFrequency.samples)} (data ${percent(highFrequency.real)})`,
    ],
    [
      'isolated pixels',
      ({
        evaluation: {
          sharpness: { outliers },
        },
      }) => `${outliers.samples.toFixed(1)} (data ${outliers.real.toFixed(1)})`,
    ],
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
