import { tf } from '../backend/tf.js';
import { key, normal } from '../backend/random.js';
import { freeCompiled, keepCompiled } from './compiled.js';
import type { Denoiser, Level } from '../types.js';

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

/** A trainable {@link Denoiser}: call it as a function of images and level. */
export interface Network extends Denoiser, Model {}

/** Makes the weights of a network, each from its own place in the stream of one seed. */
export class Weights {
  readonly parameters: Record<string, tf.Variable> = {};
  readonly #seed: number;
  #count = 0;

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

/** Puts a forward function and its weights together. */
export function asNetwork<C extends { kind: string }>(
  forward: Denoiser extends (...a: infer A) => infer R ? (...a: A) => R : never,
  { config, weights, predicts }: { config: C; weights: Weights; predicts: Denoiser['predicts'] },
): Network & { readonly config: C } {
  const network = Object.assign(forward, {
    config,
    predicts,
    parameters: weights.parameters,
    weights: Object.values(weights.parameters),
    dispose: () => {
      freeCompiled(network);
      weights.dispose();
    },
  });
  keepCompiled(network);
  return network;
}

/** The number of weights that a network learns. */
export function countWeights(network: Pick<Network, 'weights'>): number {
  return network.weights.reduce((sum, { size }) => sum + size, 0);
}

/**
 * The level as one number per image, `[batch]`.
 * @throws {RangeError} when a number lies outside [0, 1] or a tensor has another length than the batch
 */
export function levels(t: Level, batch: number, caller = 'levels'): tf.Tensor1D {
  if (typeof t === 'number') {
    if (!(t >= 0 && t <= 1)) throw new RangeError(`${caller}: t must lie in [0, 1], got ${t}`);
    return tf.fill([batch], t);
  }
  if (t.rank !== 1 || t.shape[0] !== batch) {
    throw new RangeError(
      `${caller}: t must be a number or one number per image, [${batch}], got a tensor of shape [${t.shape}]`,
    );
  }
  return t;
}
