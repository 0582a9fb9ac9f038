import { environment } from '#platform/environment.js';
import { CannotCompile } from './compile/cannot-compile.js';
import { differenceOf } from './compile/compare.js';
import { takeApart, putTogether, type Tensors } from './compile/containers.js';
import { compilingBackend, engine, type Backend } from './compile/native.js';
import { load, type Program } from './compile/program.js';
import { isRecording, record, runPlain, type Recording, type Subject } from './compile/record.js';
import { shown } from '../check.js';
import { tf } from './tf.js';

export { CannotCompile } from './compile/cannot-compile.js';
export type { Tensors } from './compile/containers.js';

/** How {@link compile} treats a function. */
export interface CompileOptions {
  /**
   * The variables that the function uses: those it assigns to (weights, an optimizer's memory), and those it only
   * reads.
   */
  state?: readonly tf.Variable[];
  /** Other tensors from outside that the function uses. They must stay until the compiled function is disposed of. */
  constants?: readonly tf.Tensor[];
  /** What errors and warnings call the function. Its own name when left out. */
  name?: string;
  /** For how many different shapes of the inputs a graph is recorded; inputs of further shapes run eagerly. */
  limit?: number;
  /** `false` runs the function eagerly, always. So does `NAIVE_DIFFUSION_COMPILE=0` in the environment. */
  enabled?: boolean;
}

/** A compiled function: called like the function itself. */
export interface Compiled<A extends Tensors[], R extends Tensors> {
  (...inputs: A): R;
  /** How many graphs have been recorded. */
  readonly recordings: number;
  /** Frees the graphs. Calling the function after that throws. */
  dispose(): void;
}

/**
 * Makes a function of tensors fast: it is recorded as a TensorFlow graph and then replayed. The results and the effect
 * on the variables are those of the plain function, up to rounding.
 *
 * ```ts
 * const step = compile((x: tf.Tensor4D, key: Key) => adam.minimize(() => loss(x, key)), {
 *   state: [...network.weights, ...adam.state],
 * });
 * const value = step(images, key(seed, i));
 * ```
 * - **What changes from call to call is an input**: images, keys, noise level, learning rate. A JavaScript number that
 *   `fn` takes
 *   from outside is a constant.
 * - Variables that `fn` uses are listed in `state`; other tensors from outside are inputs, or are listed in
 *   `constants`.
 * - `fn` is synchronous, and takes and returns tensors, alone or in arrays and objects. The caller owns what it
 *   returns.
 * - The first two calls run `fn` itself and record it. If the recordings are equal, bit for bit, later calls replay the
 *   graph;
 *   `fn` is not run again, so that anything else it does (printing, counting) happens twice.
 *   The first replay takes 0.1 to 2 seconds longer than the others.
 * - Inputs of a new shape or type are recorded anew, up to `limit` times.
 * - An inner compiled function becomes part of the outer one. Where gradients are taken through it, the plain function
 *   runs.
 *
 * Where TensorFlow is not native, the plain function runs, in `tf.tidy`.
 * @throws {TypeError} when an option is of the wrong kind
 * @throws {CannotCompile} (the compiled function) when `fn` does what a replay cannot repeat: it draws from a stateful
 * generator, reads a tensor's data, uses an array made in JavaScript that differs in the second call, uses a tensor
 * from outside that is not listed, or assigns to a variable that is not in `state`. What `fn` itself throws passes
 * unchanged. The state is then as it was before the call.
 */
export function compile<A extends Tensors[], R extends Tensors>(
  fn: (...inputs: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const { state, assignable, constants, name, limit, enabled } = checked(fn, options);
  const recorded = new Map<string, Recording>(); // first recordings, by the inputs' shapes and types
  const programs = new Map<string, Program>();
  let disposed = false;
  let broken = false;
  const warned = new Set<string>();

  const call = (...args: A): R => {
    if (disposed) throw new Error(`${name}: this compiled function has been disposed of`);
    checkAlive(name, state, constants);
    const inputs = takeApart(args, `${name}: inputs`);
    const backend = compilingBackend();
    if (!backend || !enabled || broken || isRecording() || engine().state.gradientDepth > 0)
      return eagerly(fn, args, name);
    const signature = signatureOf(backend, inputs);
    const program = programs.get(signature);
    if (program) return program.run(inputs.leaves) as R;
    const first = recorded.get(signature);
    if (!first && recorded.size >= limit) {
      warn(`has been recorded for ${limit} shapes of its inputs, the limit, and runs eagerly for further ones`);
      return eagerly(fn, args, name);
    }
    const subject = { name, fn, inputs, constants, state, assignable };
    const { recording, results } = recordOrRestore(backend, subject, first);
    if (!first) recorded.set(signature, recording);
    else {
      try {
        programs.set(signature, load(backend, recording, subject));
        recorded.set(signature, { ...recording, nodes: [], kinds: new Map() }); // TensorFlow has them now
      } catch (error) {
        broken = true;
        warn(`cannot be compiled, and runs eagerly: ${(error as Error).message}`);
      }
    }
    return results as R;
  };
  const warn = (message: string) => {
    if (!warned.has(message)) console.warn(`${name}: ${message}`);
    warned.add(message);
  };
  const dispose = () => {
    disposed = true;
    for (const program of programs.values()) program.dispose();
    programs.clear();
    recorded.clear();
  };
  return Object.defineProperty(Object.assign(call, { dispose }), 'recordings', {
    get: () => recorded.size,
  }) as unknown as Compiled<A, R>;
}

/** Runs and records `fn`. Whatever goes wrong, the state is then as it was. */
function recordOrRestore(
  backend: Backend,
  subject: Subject,
  first: Recording | undefined,
): { recording: Recording; results: Tensors } {
  const { state, name } = subject;
  const before = state.map((v) => v.clone());
  const restore = (indices: Iterable<number>) => {
    for (const i of indices) state[i].assign(before[i]);
  };
  let recording!: Recording;
  try {
    const results = tf.tidy(() => {
      const run = record(backend, subject);
      ({ recording } = run);
      const difference = first && differenceOf(first, recording);
      if (difference) throw new CannotCompile(`${name}: ${difference}`);
      return run.results as tf.TensorContainer;
    }) as Tensors;
    const assigned = new Set(recording.assigned);
    restore([...state.keys()].filter((i) => !assigned.has(i))); // recording gave these a handle of their own
    return { recording, results };
  } catch (error) {
    restore(state.keys());
    throw error;
  } finally {
    tf.dispose(before);
  }
}

function eagerly<A extends Tensors[], R extends Tensors>(fn: (...inputs: A) => R, args: A, name: string): R {
  return tf.tidy(() => {
    const { leaves, tree } = takeApart(
      runPlain(() => fn(...args)),
      `${name}: what fn returns`,
    );
    // Clones: fn may return an input or a variable, and the caller owns what it gets.
    return putTogether(
      tree,
      leaves.map((t) => t.clone()),
    ) as tf.TensorContainer;
  }) as R;
}

function signatureOf(backend: Backend, { leaves, tree }: Subject['inputs']): string {
  return JSON.stringify([tree, leaves.map((t) => [backend.tensorMap.get(t.dataId).dtype, t.shape])]);
}

function checkAlive(name: string, state: readonly tf.Variable[], constants: readonly tf.Tensor[]): void {
  for (const v of state)
    if (v.isDisposed)
      throw new Error(`${name}: the variable '${v.name}' [${v.shape}] of its state has been disposed of`);
  for (const t of constants)
    if (t.isDisposed) throw new Error(`${name}: a tensor [${t.shape}] of its constants has been disposed of`);
}

function checked(fn: unknown, { state = [], constants = [], name, limit = 8, enabled = true }: CompileOptions) {
  if (typeof fn !== 'function') throw new TypeError(`compile: fn must be a function, got ${typeof fn}`);
  if (!Array.isArray(state) || !state.every((v) => v instanceof tf.Variable))
    throw new TypeError(`compile: state must be a list of variables, got ${shown(state)}`);
  const twice = state.find((v, i) => state.indexOf(v) < i);
  if (twice) throw new TypeError(`compile: state must list each variable once, got '${twice.name}' twice`);
  if (!Array.isArray(constants) || !constants.every((t) => t instanceof tf.Tensor))
    throw new TypeError(`compile: constants must be a list of tensors, got ${shown(constants)}`);
  if (!Number.isInteger(limit) || limit < 1)
    throw new RangeError(`compile: limit must be a whole number of at least 1, got ${limit}`);
  // What a variable holds may change, and two that share their data now need not share it at the next call.
  const variables = constants.filter((t) => t instanceof tf.Variable);
  return {
    state: [...new Set<tf.Variable>([...state, ...variables])],
    assignable: [...state] as tf.Variable[],
    constants: constants.filter((t) => !(t instanceof tf.Variable)) as tf.Tensor[],
    name: `compile(${name ?? (fn.name || 'fn')})`,
    limit,
    enabled: enabled && environment('NAIVE_DIFFUSION_COMPILE') !== '0',
  };
}
