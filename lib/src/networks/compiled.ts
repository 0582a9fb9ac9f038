import { CannotCompile, compile, type Compiled, type Tensors } from '../backend/compile.js';
import { isPure } from '../backend/pure.js';
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

/** What has been said of those that run uncompiled. */
const told = new WeakMap<object, Set<string>>();

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
 * predictions, so that it is kept for the next run of a sampler, until one of the networks is disposed of; but only
 * where subject and parts are `pure`, for what else a part depends on may have changed by then.
 *
 * What cannot be compiled is called as it is, after a warning; each is given once for a subject.
 * @param subject what `fn` calls; the variables among its constants are read and not learnt
 * @param name of `fn`, also in messages
 * @param parts whatever else `fn` depends on: functions and objects, which count as the same when they are, and plain
 * data
 * @param constants further tensors that `fn` uses from outside, variables among them
 * @returns the function, and what to call when it is no longer used
 */
export function borrowCompiled<A extends Tensors[], R extends Tensors>(
  subject: Compilable & (object | ((...args: never) => unknown)),
  { name, parts, constants: more = [] }: { name: string; parts: readonly unknown[]; constants?: readonly tf.Tensor[] },
  fn: (...inputs: A) => R,
): { run: (...inputs: A) => R; release: () => void } {
  const { state, constants } = outsideOf(subject.weights, [...(subject.constants ?? []), ...more]);
  const make = () => compile(fn, { state, constants, name });
  const canKeep = isPure(subject) && isPure(parts) && state.length > 0 && state.every((v) => byWeight.has(v));
  if (!canKeep) {
    const compiled = make();
    return { run: orElse(subject, name, compiled, fn), release: () => compiled.dispose() };
  }
  const own = byName.get(state[0]) ?? new Map<string, Kept>();
  byName.set(state[0], own);
  const id = [name, subject, ...parts, ...more].map(identity).join(' ');
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

/** What a compiled function uses from outside, each once: variables, and other tensors. */
export function outsideOf(
  weights: readonly tf.Variable[],
  others: readonly tf.Tensor[] = [],
): { state: tf.Variable[]; constants: tf.Tensor[] } {
  const isVariable = (tensor: tf.Tensor): tensor is tf.Variable => tensor instanceof tf.Variable;
  return {
    state: [...new Set([...weights, ...others.filter(isVariable)])],
    constants: [...new Set(others.filter((tensor) => !isVariable(tensor)))],
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
        warnOnce(subject, `${name}: runs one operation at a time, which is slower: ${error.message}`);
      }
    }
    return tf.tidy(() => fn(...inputs) as tf.TensorContainer) as R;
  };
}

function warnOnce(subject: object, message: string): void {
  const said = told.get(subject) ?? new Set<string>();
  told.set(subject, said);
  if (!said.has(message)) console.warn(message);
  said.add(message);
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
