import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Recipe, RecipeOptions, SweepPoint } from 'naive-diffusion';
import { codeOf } from '../code-of.ts';
import { Mistake } from '../command-line.ts';
import { checkpointFile } from '../evaluation/checkpoints.ts';
import { loadRecipe, recipeFile } from '../training/recipes.ts';
import type { Grid, Sweep } from './sweep.ts';

type Settings = SweepPoint['evaluate']['set'];

/** A point, by its name. */
export interface Point extends SweepPoint {
  name: string;
  /** What the sweep's file says of it, by where it stands there, such as `options.rate`; and its `model`. */
  variables: Variables;
  saveEvery?: number;
  /** The values of the recipe's options that were asked for, and those of the recipe as it stands. */
  asked: RecipeOptions;
  usual: RecipeOptions;
  code?: Code;
}

/** Fingerprints of what may be edited between two measurements: of the recipe, and of the parts that are imported. */
export interface Code {
  recipe?: string;
  import?: string;
}

/** What can differ between the points of a sweep. */
type Variables = Settings;

/**
 * All points of a sweep, each with a name of its own.
 * @throws {Mistake} naming what is wrong with one of them, before any work
 */
export async function pointsOf(sweep: Sweep): Promise<Point[]> {
  const { points: parts = [{}], about: _, import: imports = [], figure: __, ...common } = sweep;
  const missing = imports.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Mistake(`sweep: the file ${missing} of import is not there`);
  const points: Point[] = [];
  for (const part of parts) {
    for (const combination of combinations(joined(common, part))) points.push(await asPoint(combination));
  }
  const swept = sweptIn(points);
  for (const point of points) point.name ||= nameOf(point, swept);
  const names = points.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Mistake(`sweep: two points are called ${twice}; give them names, or leave one out`);
  checkAxis(sweep.figure?.over, points);
  noteCode(points, imports);
  return points;
}

/** Notes the fingerprints of what the points are made with. */
function noteCode(points: readonly Point[], imports: readonly string[]): void {
  const imported = imports.length > 0 ? { import: codeOf(imports) } : undefined;
  const recipes = new Map<string | undefined, Code | undefined>([[undefined, imported]]);
  for (const point of points) {
    const { recipe } = point;
    if (!recipes.has(recipe)) recipes.set(recipe, { recipe: codeOf([recipeFile(recipe!)]), ...imported });
    point.code = recipes.get(recipe);
  }
}

/** A place that no point has would only show when everything is trained. */
function checkAxis(over: string | undefined, points: readonly Point[]): void {
  const places = placesIn(points);
  if (over !== undefined && !places.includes(over))
    throw new Mistake(`sweep: figure.over must be one of ${places.join(', ')}, got '${over}'`);
}

/** What points have, by where it stands in the sweep's file. */
function placesIn(points: readonly Point[]): string[] {
  return [...new Set(points.flatMap(({ variables }) => Object.keys(variables)))];
}

/** What differs between some points, by where it stands in the sweep's file. */
export function sweptIn(points: readonly Point[]): string[] {
  return placesIn(points).filter((place) => new Set(points.map(({ variables }) => variables[place])).size > 1);
}

/** The name of a recipe or checkpoint that may be a file. */
export function modelName({ recipe, checkpoint }: Pick<SweepPoint, 'recipe' | 'checkpoint'>): string {
  return path.basename(recipe ?? checkpoint!).replace(/\.(ts|safetensors)$/, '');
}

function variablesOf({ recipe, checkpoint, options, steps, after, evaluate }: Combination): Variables {
  return {
    model: modelName({ recipe, checkpoint }),
    ...(steps !== undefined && { steps }),
    ...(after !== undefined && { after }),
    ...placed('options', options),
    'evaluate.seed': evaluate.seed,
    ...placed('evaluate.set', evaluate.set),
  };
}

function placed(place: string, values: Settings): Settings {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${place}.${name}`, value]));
}

/** The common part of a sweep with what one of its parts says. */
function joined(common: Grid, part: Grid): Grid {
  const model = (part.recipe ?? part.checkpoint) ? { recipe: part.recipe, checkpoint: part.checkpoint } : {};
  const evaluate = { ...common.evaluate, ...part.evaluate, set: { ...common.evaluate?.set, ...part.evaluate?.set } };
  return { ...common, ...part, ...model, options: { ...common.options, ...part.options }, evaluate };
}

/** A grid in which nothing is a list any more. */
interface Combination {
  name?: string;
  recipe?: string;
  checkpoint?: string;
  options: RecipeOptions;
  steps?: number;
  after?: number;
  saveEvery?: number;
  evaluate: SweepPoint['evaluate'];
}

/** All combinations of what a grid lists. */
function combinations(grid: Grid): Combination[] {
  const {
    name,
    saveEvery,
    options = {},
    evaluate: { samples = 2_500, batch = 250, randomness = false, ...drawn } = {},
  } = grid;
  if (!grid.recipe === !grid.checkpoint) throw new Mistake('sweep: every point needs either a recipe or a checkpoint');
  const trained = ['steps', 'after', 'saveEvery'].filter((place) => grid[place as keyof Grid] !== undefined);
  if (Object.keys(options).length > 0) trained.push('options');
  if (grid.checkpoint && trained.length > 0)
    throw new Mistake(`sweep: a checkpoint is not trained, so that it has no ${trained.join(', ')}`);
  const { recipe, checkpoint, steps, after } = grid;
  const axes = { recipe, checkpoint, steps, after, seed: drawn.seed ?? 1 };
  return product<Omit<Combination, 'options' | 'evaluate'> & { seed: number }>(axes).flatMap(({ seed, ...training }) =>
    product<RecipeOptions>(options).flatMap((chosen) =>
      product<Settings>(drawn.set ?? {}).map((set) => ({
        ...training,
        name,
        saveEvery,
        options: chosen,
        evaluate: { samples, seed, batch, set, randomness },
      })),
    ),
  );
}

/** All ways of taking one value from each list; the last changes fastest. */
function product<T extends object>(axes: { [Name in keyof T]: T[Name] | T[Name][] }): T[] {
  let rows: object[] = [{}];
  for (const [name, values] of Object.entries<unknown>(axes)) {
    const each = Array.isArray(values) ? values : [values];
    rows = rows.flatMap((row) => each.map((value: unknown) => ({ ...row, [name]: value })));
  }
  return rows as T[];
}

/** A combination that can be trained and evaluated. */
async function asPoint(combination: Combination): Promise<Point> {
  const { name = '', recipe, checkpoint, options, steps, after, saveEvery, evaluate } = combination;
  const variables = variablesOf(combination);
  if (recipe === undefined) {
    checkpointFile(checkpoint!);
    return { name, variables, checkpoint, evaluate, asked: {}, usual: {} };
  }
  const file = recipeFile(recipe);
  const usual = (await loadRecipe(file)).options ?? {};
  const made = await loadRecipe(file, options);
  checkMakesImages(recipe, made);
  const all = steps ?? made.steps;
  if (after !== undefined && after > all)
    throw new Mistake(`sweep: after must be at most the ${all} steps of ${recipe}, got ${after}`);
  const { options: values = {} } = made;
  return { name, variables, recipe, options: values, steps: all, after, saveEvery, evaluate, asked: options, usual };
}

function checkMakesImages(name: string, { dataset, card }: Pick<Recipe, 'dataset' | 'card'>): void {
  if (dataset !== 'digits' && dataset !== 'faces')
    throw new Mistake(`sweep: ${name} learns from ${dataset}; only models of digits and faces can be evaluated`);
  if (!card?.sampler) throw new Mistake(`sweep: the card of ${name} names no sampler: it is not made to make images`);
}

/** A model and what tells the point from others: `naive-digits-rate-0.01-seed-2`. */
export function nameOf({ variables }: Pick<Point, 'variables'>, swept: readonly string[]): string {
  const { model, ...others } = variables;
  const parts = swept.filter((place) => place in others);
  // As the files that `npm run train -- --keep` leaves are called.
  const words = parts.map((place) => `${place === 'after' ? '' : `${wordFor(place)}-`}${String(others[place])}`);
  return [model, ...words].join('-').replaceAll(/[^\w.=+-]/g, '_');
}

/** A place in a sweep's file in short: what an option is called. */
export function wordFor(place: string): string {
  if (place === 'evaluate.seed') return 'sampling-seed';
  if (place === 'evaluate.set.steps') return 'S';
  return place.split('.').at(-1)!;
}
