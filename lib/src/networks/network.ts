import { key, normal } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Given, Images, ImageShape, Level } from '../types.js';
import { freeCompiled, keepCompiled } from './compiled.js';

/** Weights that can be learnt, saved and loaded, whatever function they belong to. */
export interface Model {
  /** What it takes to build the same model again; it travels inside checkpoints. */
  readonly config: { readonly kind: string };
  /** The trainable weights by name. */
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  /** The same weights as a list, for optimisers. */
  readonly weights: tf.Variable[];
  /** Frees the weights. */
  dispose(): void;
}

/**
 * A function of images, level, and what is asked for. It computes, and means nothing: what its answer says of the
 * images, a `Target` knows, and `denoiser(network, { target })` reads it.
 */
export interface Network extends Model {
  (z: Images, t: Level, given?: Given): tf.Tensor4D;
  /** Height, width and channels of the images that it takes. */
  readonly shape: ImageShape;
  /** The names of the conditions that it must be given. */
  readonly conditions: readonly string[];
}

/** Makes the weights of a network, each from its own place in the stream of one seed. */
export class Weights {
  readonly parameters: Record<string, tf.Variable> = {};
  readonly #seed: number;
  #count = 0;

  /** With the seed that all initial weights are drawn from. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Normal with variance `gain / fanIn`: 2 keeps the scale through ReLU layers (He et al. 2015, eq. 10), 0 starts a
   * layer at zero.
   */
  normal(name: string, shape: number[], { fanIn, gain = 2 }: { fanIn: number; gain?: number }): tf.Variable {
    const index = this.#count++;
    return this.#add(name, () => {
      const seed = key(this.#seed, index);
      return tf.mul(normal(seed, shape), Math.sqrt(gain / fanIn));
    });
  }

  /** One value everywhere. */
  constant(name: string, shape: number[], value: number): tf.Variable {
    return this.#add(name, () => tf.fill(shape, value));
  }

  /** Frees everything that was made. */
  dispose(): void {
    tf.dispose(this.parameters);
  }

  #add(name: string, make: () => tf.Tensor): tf.Variable {
    if (name in this.parameters) throw new Error(`Weights: ${name} exists already`);
    const initial = tf.tidy(make);
    const variable = tf.variable(initial);
    initial.dispose();
    return (this.parameters[name] = variable);
  }
}

/**
 * Puts a forward function and its weights together.
 *
 * ```ts
 * const weights = new Weights(1);
 * const filter = weights.normal('filter', [3, 3, 1, 1], { fanIn: 9 }) as tf.Variable<tf.Rank.R4>;
 * const config = { kind: 'one-filter', size: 32 };
 * const network = asNetwork((z) => conv2d(z, filter), { config, weights, shape: [32, 32, 1] });
 * ```
 * @param forward the function; its tensors are cleaned up
 * @param options.config what builds it again, as plain data
 * @param options.shape height, width and channels of the images that it takes
 * @param options.conditions the names of what it must be given; nothing when left out
 * @throws {TypeError} (the network) when what is given has not the names that it takes
 * @throws {RangeError} (the network) when the images have another shape
 * @throws {Error} (the network) once it has been disposed of
 */
export function asNetwork<C extends { kind: string }>(
  forward: (z: Images, t: Level, given: Given) => tf.Tensor4D,
  {
    config,
    weights,
    shape,
    conditions = [],
  }: {
    config: C;
    weights: Weights;
    shape: ImageShape;
    conditions?: readonly string[];
  },
): Network & { readonly config: C } {
  const { kind } = config;
  const all = Object.values(weights.parameters);
  let disposed = false;
  const network = (z: Images, t: Level, given: Given = {}): tf.Tensor4D => {
    if (disposed) throw new Error(`${kind}: this network has been disposed of`);
    if (z.isDisposed) throw new Error(`${kind}: the images z have been disposed of`);
    if (z.rank !== 4 || z.shape.slice(1).join() !== shape.join())
      throw new RangeError(`${kind}: images must have shape [batch, ${shape.join(', ')}], got [${z.shape}]`);
    checkGiven(kind, given, conditions);
    return tf.tidy(() => forward(z, t, given));
  };
  keepCompiled(all);
  return Object.assign(network, {
    config,
    shape,
    conditions,
    parameters: weights.parameters,
    weights: all,
    dispose: () => {
      disposed = true;
      freeCompiled(all);
      weights.dispose();
    },
  });
}

/** What is given must have exactly these names. */
function checkGiven(caller: string, given: Given, conditions: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (conditions.includes(name)) continue;
    const there = conditions.length > 0 ? `takes ${conditions.join(', ')}` : 'takes no conditions';
    throw new TypeError(`${caller}: given.${name} is unknown: it ${there}`);
  }
  const missing = conditions.filter((name) => !(name in given));
  if (missing.length > 0) throw new TypeError(`${caller}: given must hold ${missing.join(', ')}`);
}

/** The number of weights that a network learns. */
export function countWeights(network: Pick<Model, 'weights'>): number {
  return network.weights.reduce((sum, { size }) => sum + size, 0);
}

/** Height and width of images whose size is one number, if they are square, or both. */
export function sides(size: number | readonly [height: number, width: number]): [height: number, width: number] {
  return typeof size === 'number' ? [size, size] : [size[0], size[1]];
}

/** Throws unless both sides can be halved `times` times. */
export function checkSize(
  caller: string,
  size: number | readonly [height: number, width: number],
  times: number,
): void {
  const factor = 2 ** times;
  const both = typeof size === 'number' || (Array.isArray(size) && size.length === 2) ? sides(size) : [];
  if (both.length === 2 && both.every((side) => Number.isSafeInteger(side) && side >= factor && side % factor === 0))
    return;
  throw new RangeError(
    `${caller}: size must be a multiple of ${factor}, or two of them for height and width, for ${times + 1} levels, ` +
      `got ${JSON.stringify(size)}`,
  );
}
