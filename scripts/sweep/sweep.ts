import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { Mistake } from '../command-line.ts';
import { check } from '../read-json.ts';
import { measures } from './measures.ts';

const number = v.pipe(v.number(), v.finite());
const option = v.union([number, v.string()], ({ received }) => `expected a number or a word, got ${received}`);
const setting = v.union(
  [number, v.string(), v.boolean()],
  ({ received }) => `expected a number, a word, true or false, got ${received}`,
);
const whole = (least: number) =>
  v.pipe(v.number(`expected a whole number of at least ${least}`), v.integer(), v.minValue(least));
const name = v.pipe(
  v.string(),
  v.regex(/^\w[\w.=+-]*$/, 'expected letters, digits and . _ = + -, of which a letter or digit comes first'),
);
/** One of it, or a list: a point for each. What is wrong is told of the very value, which a union would not do. */
const many = <S extends v.GenericSchema>(one: S) => {
  const list = v.pipe(v.array(one), v.minLength(1, 'expected a value at least, got an empty list'));
  return v.lazy((input): S | typeof list => (Array.isArray(input) ? list : one));
};

const grid = {
  /** What the points are called; of its own only where that is one point. */
  name: v.optional(name),
  /** A recipe, by its name or its file, as `npm run train` takes it, and values for its options. */
  recipe: v.optional(many(v.string())),
  options: v.optional(v.record(v.string(), many(option))),
  /** Training steps, instead of the recipe's own. */
  steps: v.optional(many(whole(1))),
  /** Evaluates the model as it is after so many of these steps. All these are one training. */
  after: v.optional(many(whole(1))),
  /** Steps between saves. */
  saveEvery: v.optional(whole(1)),
  /** Instead of a recipe: a model of data/checkpoints, or a file. */
  checkpoint: v.optional(many(v.string())),
  /** As the options of `npm run evaluate`; 2,500 samples if nothing is said, and no question about the randomness. */
  evaluate: v.optional(
    v.strictObject({
      samples: v.optional(whole(200)),
      seed: v.optional(many(v.pipe(whole(0), v.maxValue(2 ** 31 - 1)))),
      batch: v.optional(whole(1)),
      /** Other values for options of the sampler. */
      set: v.optional(v.record(v.string(), many(setting))),
      randomness: v.optional(v.boolean()),
    }),
  ),
};
const Grid = v.strictObject(grid);
const SweepFile = v.strictObject({
  about: v.string(),
  ...grid,
  /** Several grids, each of which adds to what is said above, or replaces it. */
  points: v.optional(v.pipe(v.array(Grid), v.minLength(1))),
  /** Files that define parts of the reader's own, for `npm run evaluate -- --import`. */
  import: v.optional(v.array(v.string())),
  figure: v.optional(
    v.strictObject({
      /** What its horizontal axis shows, such as `options.rate`; by default what takes most values. */
      over: v.optional(v.string()),
      measure: v.optional(v.picklist(Object.keys(measures) as (keyof typeof measures)[])),
    }),
  ),
});

/** A grid of points: where a list stands in the place of a value, there is a point for each, in all combinations. */
export type Grid = v.InferInput<typeof Grid>;

/** What a file of experiments/ exports by default. */
export type Sweep = v.InferInput<typeof SweepFile>;

/**
 * Loads a sweep's file.
 * @throws {Mistake} naming the file and the first thing in it that is not as expected
 */
export async function loadSweep(file: string): Promise<Sweep> {
  const { default: sweep } = (await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw new Mistake(`sweep: ${file} cannot be imported: ${String(cause)}`);
  })) as { default?: unknown };
  if (sweep === undefined) throw new Mistake(`sweep: ${file} has no default export, which says what is swept`);
  try {
    return check(sweep, SweepFile, `sweep: ${file}`);
  } catch (error) {
    throw new Mistake((error as Error).message);
  }
}
