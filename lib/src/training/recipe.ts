import { checkKnown, shown } from '../check.js';
import type { Card } from '../networks/checkpoint.js';
import type { Model, Network } from '../networks/network.js';
import type { Source } from '../types.js';
import type { Workers } from '../workers/workers.js';
import type { Adam } from './adam.js';

/** What a recipe takes by name: numbers and words. */
export type RecipeOptions = Record<string, number | string>;

/**
 * A training run longer than a chapter, as the library calls that a chapter would make: of a denoiser, or of a model of
 * another kind.
 */
export interface Recipe<M extends Model = Network, D extends Source = Source> {
  /** What it trains, in a sentence. */
  about: string;
  /** What the model learns from. */
  dataset: 'digits' | 'faces' | 'faces-64' | 'sounds';
  /** What the network undoes, what it is asked for, and how to make images with it. */
  card?: Omit<Card, 'network'>;
  /** Training steps in all. */
  steps: number;
  seed: number;
  /** Loads what it learns from. */
  data(): Promise<D>;
  /** Makes the model, with its initial weights. */
  network(): M;
  /** Its schedule, if it has one, fits into the `steps` of this run. */
  optimizer(network: M, steps: number): Adam;
  /** The trainer, going on from step `resumeAt` with the given network and optimiser. */
  train(run: {
    network: M;
    optimizer: Adam;
    data: D;
    steps: number;
    resumeAt: number;
    seed: number;
    /** Other processes that take the same steps, if there are any. */
    workers?: Workers;
  }): AsyncIterable<{ step: number; loss: number }>;
  /** What can be changed by name, as `npm run train -- --option rate=0.01` does, with the values of this recipe. */
  options?: RecipeOptions;
  /** The recipe with other values of some options; {@link recipe} makes it. */
  with?(changes: RecipeOptions): Recipe<M, D>;
}

/** A recipe, and what can be changed in it by name. */
export interface RecipeWithOptions<
  O extends RecipeOptions,
  M extends Model = Network,
  D extends Source = Source,
> extends Recipe<M, D> {
  options: O;
  with(changes: RecipeOptions): RecipeWithOptions<O, M, D>;
}

/**
 * A recipe whose options can be changed by name, on the command line and in sweeps:
 *
 * ```ts
 * export default recipe({ seed: 4, rate: 1e-3 }, ({ seed, rate }) => ({
 *   about: 'coin flips on the digits',
 *   dataset: 'digits',
 *   steps: 2000,
 *   seed,
 *   data: () => loadDigits(),
 *   network: () => unet({ channels: 1, seed }),
 *   optimizer: (network) => new Adam(network.weights, { rate }),
 *   train: (run) => trainDenoiser({ ...run, degradation: binomial(), batchSize: 64 }),
 * }));
 * ```
 * @param options their names, and the values that they have if nothing else is said
 * @param make makes the recipe; what it makes of wrong values is an error of whatever gets them
 * @returns the recipe with those values. Its `with` throws a TypeError for an option that there is not, or a value of
 * another type than the one here
 */
export function recipe<O extends RecipeOptions, M extends Model = Network, D extends Source = Source>(
  options: O,
  make: (options: O) => Recipe<M, D>,
): RecipeWithOptions<O, M, D> {
  const changed = (changes: RecipeOptions) => {
    checkKnown('recipe', changes, Object.keys(options));
    for (const [name, value] of Object.entries(changes)) checkType(name, value, options[name]);
    return recipe({ ...options, ...changes }, make);
  };
  // Not enumerable: a copy with another part, `{ ...recipe, optimizer }`, has lost its options, not that part.
  return Object.defineProperties(make(options) as RecipeWithOptions<O, M, D>, {
    options: { value: options },
    with: { value: changed },
  });
}

function checkType(name: string, value: unknown, known: number | string): void {
  if (typeof value === typeof known && !(typeof value === 'number' && !Number.isFinite(value))) return;
  const expected = typeof known === 'number' ? 'a finite number' : 'a word';
  throw new TypeError(`recipe: ${name} must be ${expected}, such as ${shown(known)}, got ${shown(value)}`);
}
