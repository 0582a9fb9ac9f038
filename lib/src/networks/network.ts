import { key, normal } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkImageShape, checkNumber, checkWhole, shown } from '../check.js';
import type { Conditions, Given, Images, ImageShape, Level } from '../types.js';
import { freeCompiled, keepCompiled } from './compiled.js';
import { checkGiven } from './given.js';

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
  /** What it must be given. */
  readonly conditions: Conditions;
  /** Other tensors that it uses, and does not learn. They must stay as long as it is used. */
  readonly constants?: readonly tf.Tensor[];
}

/** Whether weights are drawn: what will be read from a file need not be, and the draw takes longer than the reading. */
let drawing = true;

/** Calls `make`. Weights that it makes before it first waits for something begin at zero. */
export function withoutDrawing<T>(make: () => T): T {
  drawing = false;
  try {
    return make();
  } finally {
    drawing = true;
  }
}

/** Makes the weights of a network, each from its own place in the stream of one seed. */
export class Weights {
  readonly parameters: Record<string, tf.Variable> = {};
  readonly #seed: number;
  #count = 0;

  /** With the seed that all initial weights are drawn from. */
  constructor(seed: number) {
    this.#seed = checkWhole('Weights', 'seed', seed, 0);
  }

  /**
   * Normal with variance `gain / fanIn`: 2 keeps the scale through ReLU layers (He et al. 2015, eq. 10), 0 starts a
   * layer at zero.
   * @throws {RangeError} when fanIn is not above 0, or gain below 0
   */
  normal(name: string, shape: number[], { fanIn, gain = 2 }: { fanIn: number; gain?: number }): tf.Variable {
    checkNumber('Weights', `fanIn of ${name}`, fanIn, (n) => n > 0 && n < Infinity, 'be above 0');
    checkNumber('Weights', `gain of ${name}`, gain, (n) => n >= 0 && n < Infinity, 'be at least 0');
    const index = this.#count++;
    return this.#add(name, () => {
      if (!drawing) return tf.zeros(shape);
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
    if (Object.hasOwn(this.parameters, name)) throw new Error(`Weights: ${name} exists already`);
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
 * @param options.conditions what it must be given: the number of values by name, `{ digit: 10 }`, or the names alone,
 * where any tensor with a row for each image will do; nothing when left out
 * @param options.constants other tensors that the function uses, and does not learn; they stay the caller's, as long as
 * the network is used
 * @throws {TypeError} when forward, config, weights or shape are none; (the network) when what is given has not the
 * names that it takes
 * @throws {RangeError} (the network) when images, level or what is given have another shape, or values that there are
 * not
 * @throws {Error} (the network) once it has been disposed of
 */
export function asNetwork<C extends { kind: string }>(
  forward: (z: Images, t: Level, given: Given) => tf.Tensor4D,
  {
    config,
    weights,
    shape,
    conditions: asked = {},
    constants,
  }: {
    config: C;
    weights: Weights;
    shape: ImageShape;
    conditions?: Conditions | readonly string[];
    constants?: readonly tf.Tensor[];
  },
): Network & { readonly config: C } {
  if (typeof forward !== 'function')
    throw new TypeError(`asNetwork: forward must be a function, got ${shown(forward)}`);
  if (typeof config?.kind !== 'string')
    throw new TypeError(`asNetwork: config must be plain data with a kind, got ${shown(config)}`);
  if (!(weights instanceof Weights)) throw new TypeError(`asNetwork: weights must be Weights, got ${shown(weights)}`);
  checkImageShape('asNetwork', 'shape', shape);
  checkConstants('asNetwork', constants);
  const { kind } = config;
  const conditions = Array.isArray(asked) ? anyOf(asked as readonly string[]) : (asked as Conditions);
  const held = holdWeights(kind, weights);
  const network = (z: Images, t: Level, given?: Given): tf.Tensor4D => {
    held.checkThere();
    if (!(z instanceof tf.Tensor)) throw new TypeError(`${kind}: z must be a tensor of images, got ${shown(z)}`);
    if (z.isDisposed) throw new Error(`${kind}: the images z have been disposed of`);
    if (z.rank !== 4 || z.shape.slice(1).join() !== shape.join())
      throw new RangeError(`${kind}: images must have shape [batch, ${shape.join(', ')}], got [${z.shape}]`);
    checkGiven(kind, given, conditions, z.shape[0]);
    return tf.tidy(() => forward(z, t, given ?? {}));
  };
  return Object.assign(network, { config, shape, conditions, ...(constants && { constants }), ...held.parts });
}

/**
 * What each model has besides its function: its weights, and how to free them with all that was compiled with them.
 * @param kind what its errors begin with
 * @returns the parts to assign to the function, and a check that they have not been disposed of, for its beginning
 */
export function holdWeights(
  kind: string,
  weights: Weights,
): { parts: Pick<Model, 'parameters' | 'weights' | 'dispose'>; checkThere: () => void } {
  const all = Object.values(weights.parameters);
  keepCompiled(all);
  let disposed = false;
  const dispose = () => {
    disposed = true;
    freeCompiled(all);
    weights.dispose();
  };
  const checkThere = () => {
    if (disposed) throw new Error(`${kind}: this network has been disposed of`);
  };
  return { parts: { parameters: weights.parameters, weights: all, dispose }, checkThere };
}

/** Names of conditions without a number of values. */
function anyOf(names: readonly string[]): Conditions {
  return Object.fromEntries(names.map((name) => [name, Infinity]));
}

/** Constants must be tensors that are there. */
export function checkConstants(caller: string, constants: readonly tf.Tensor[] | undefined): void {
  if (constants === undefined) return;
  if (!Array.isArray(constants) || !constants.every((t) => t instanceof tf.Tensor))
    throw new TypeError(`${caller}: constants must be a list of tensors, got ${shown(constants)}`);
  if (constants.some((t: tf.Tensor) => t.isDisposed))
    throw new Error(`${caller}: constants must be tensors that are still there, got one that has been disposed of`);
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

/** Throws unless `widths` are the channels of at least one level, each a multiple of the groups that share it. */
export function checkWidths(caller: string, widths: readonly number[], groups: number): void {
  if (widths.length > 0 && widths.every((w) => Number.isInteger(w) && w > 0 && w % groups === 0)) return;
  throw new RangeError(`${caller}: widths must be a list of multiples of the ${groups} groups, got [${widths}]`);
}
