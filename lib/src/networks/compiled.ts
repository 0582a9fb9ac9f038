import { CannotCompile, compile, type Compiled, type Tensors } from '../backend/compile.js';
import { tf } from '../backend/tf.js';

interface Kept {
  readonly compiled: Compiled<never, Tensors>;
  users: number;
  readonly forget: () => void;
}

/** What uses weights and can be compiled. */
export interface Compilable {
  readonly weights: readonly tf.Variable[];
  readonly constants?: readonly tf.Tensor[];
}

/** By weight of a network: what has been compiled with it. */
const byWeight = new WeakMap<tf.Variable, Set<Kept>>();

/** By the first weight of what it was compiled for: what has been compiled, by name and all else that it depends on. */
const byName = new WeakMap<tf.Variable, Map<string, Kept>>();

/** How many compiled functions are kept for one network, unless more are in use. */
const LIMIT = 8;

/** Those of which it has been said that they run uncompiled. */
const told = new WeakSet<object>();

/** Lets compiled functions be kept that use these weights; who frees them calls {@link freeCompiled}. */
export function keepCompiled(weights: readonly tf.Variable[]): void {
  for (const weight of weights) byWeight.set(weight, new Set());
}

/** Frees what has been compiled with any of these weights. */
export function freeCompiled(weights: readonly tf.Variable[]): void {
  for (const weight of weights) {
    for (const kept of byWeight.get(weight) ?? []) kept.forget();
  }
}

/**
 * A function of a network, or of whatever is wrapped around networks, compiled. To record it takes as long as a dozen
 * predictions, so that it is kept for the next run of a sampler, until one of the networks is disposed of.
 *
 * What cannot be compiled is called as it is, after a warning, once.
 * @param subject what `fn` calls
 * @param name of `fn`, also in messages
 * @param parts whatever else `fn` depends on: functions and objects, which count as the same when they are, and plain
 * data
 * @returns the function, and what to call when it is no longer used
 */
export function borrowCompiled<A extends Tensors[], R extends Tensors>(
  subject: Compilable & (object | ((...args: never) => unknown)),
  { name, parts }: { name: string; parts: readonly unknown[] },
  fn: (...inputs: A) => R,
): { run: (...inputs: A) => R; release: () => void } {
  const state = [...new Set(subject.weights)];
  const constants = [...new Set(subject.constants ?? [])];
  const make = () => compile(fn, { state, constants, name });
  const canKeep = state.length > 0 && state.every((weight) => byWeight.has(weight));
  if (!canKeep) {
    const compiled = make();
    return { run: orElse(subject, name, compiled, fn), release: () => compiled.dispose() };
  }
  const own = byName.get(state[0]) ?? new Map<string, Kept>();
  byName.set(state[0], own);
  const id = [name, subject, ...parts].map(identity).join(' ');
  const kept = own.get(id) ?? keep(own, id, state, make() as unknown as Kept['compiled']);
  kept.users++;
  own.delete(id);
  own.set(id, kept); // now the latest
  return {
    run: orElse(subject, name, kept.compiled as unknown as Compiled<A, R>, fn),
    release: () => {
      kept.users--;
      evict(own);
    },
  };
}

/** The compiled function, or the plain one if that cannot be compiled. */
function orElse<A extends Tensors[], R extends Tensors>(
  subject: object,
  name: string,
  compiled: Compiled<A, R>,
  fn: (...inputs: A) => R,
): (...inputs: A) => R {
  let plain = false;
  return (...inputs) => {
    if (!plain) {
      try {
        return compiled(...inputs);
      } catch (error) {
        if (!(error instanceof CannotCompile)) throw error;
        plain = true;
        if (!told.has(subject))
          console.warn(`${name}: runs one operation at a time, which is slower: ${error.message}`);
        told.add(subject);
      }
    }
    return tf.tidy(() => fn(...inputs) as tf.TensorContainer) as R;
  };
}

function keep(own: Map<string, Kept>, id: string, state: readonly tf.Variable[], compiled: Kept['compiled']): Kept {
  const kept: Kept = {
    compiled,
    users: 0,
    forget: () => {
      compiled.dispose();
      own.delete(id);
      for (const weight of state) byWeight.get(weight)?.delete(kept);
    },
  };
  for (const weight of state) byWeight.get(weight)?.add(kept);
  return kept;
}

/** Frees the functions that have not been used for the longest time. */
function evict(own: Map<string, Kept>): void {
  for (const kept of own.values()) {
    if (own.size <= LIMIT) return;
    if (kept.users === 0) kept.forget();
  }
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** A text that is the same for the same object or function, and for equal plain values. */
function identity(part: unknown): string {
  const isObject = (typeof part === 'object' && part !== null && !Array.isArray(part)) || typeof part === 'function';
  if (!isObject) return JSON.stringify(part);
  const object = part as object;
  if (!numbers.has(object)) numbers.set(object, count++);
  return `#${numbers.get(object)}`;
}
