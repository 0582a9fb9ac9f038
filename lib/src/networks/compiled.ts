import { compile, type Compiled, type Tensors } from '../backend/compile.js';
import type { tf } from '../backend/tf.js';

interface Kept {
  readonly compiled: Compiled<never, Tensors>;
  users: number;
}

/** By network: what has been compiled with it, by name. */
const kept = new WeakMap<object, Map<string, Kept>>();

/** How many compiled functions a network keeps, unless more are in use. */
const LIMIT = 8;

/** Lets compiled functions be kept for `network`, which must call {@link freeCompiled} when it is disposed of. */
export function keepCompiled(network: object): void {
  kept.set(network, new Map());
}

/** Frees what has been compiled with the network. */
export function freeCompiled(network: object): void {
  const own = kept.get(network);
  own?.forEach(({ compiled }) => {
    compiled.dispose();
  });
  own?.clear();
}

/**
 * A function of a network, compiled. To record it takes as long as a dozen predictions, so that it is kept for the next
 * run of a sampler, until the network is disposed of. What has no weights of its own is called as it is.
 * @param name of `fn`, also in messages
 * @param variant whatever else `fn` depends on, such as the shape of the images: functions of the same name and variant
 * must be equal
 * @returns the function, and what to call when it is no longer used
 */
export function borrowCompiled<A extends Tensors[], R extends Tensors>(
  network: { readonly weights?: tf.Variable[] },
  { name, variant }: { name: string; variant: unknown },
  fn: (...inputs: A) => R,
): { run: (...inputs: A) => R; release: () => void } {
  const { weights } = network;
  if (!weights)
    return {
      run: fn,
      release: () => {
        /* nothing to free */
      },
    };
  const make = () => compile(fn, { state: weights, name });
  const own = kept.get(network);
  if (!own) {
    const run = make();
    return {
      run,
      release: () => {
        run.dispose();
      },
    };
  }
  const id = JSON.stringify([name, variant]);
  const entry = own.get(id) ?? { compiled: make() as unknown as Kept['compiled'], users: 0 };
  entry.users++;
  own.delete(id);
  own.set(id, entry); // now the latest
  return {
    run: entry.compiled as unknown as Compiled<A, R>,
    release: () => {
      entry.users--;
      evict(own);
    },
  };
}

/** Frees the functions that have not been used for the longest time. */
function evict(own: Map<string, Kept>): void {
  for (const [id, { compiled, users }] of own) {
    if (own.size <= LIMIT) return;
    if (users > 0) continue;
    compiled.dispose();
    own.delete(id);
  }
}
