import { tf } from '../backend/tf.js';
import type { Images, Turn } from '../types.js';

/**
 * Runs a sampler to its end and returns the sample: the images of its last turn, which the caller owns.
 * @throws {Error} when the sampler yields nothing
 */
export async function last(turns: AsyncIterable<Turn>): Promise<Images> {
  let kept: Images | undefined;
  let done = false;
  try {
    for await (const { z } of turns) {
      kept?.dispose();
      kept = z.clone();
    }
    done = true;
  } finally {
    if (!done) kept?.dispose();
  }
  if (!kept) throw new Error('last: the sampler yielded nothing');
  return kept;
}

/**
 * Runs a sampler to its end and returns copies of its turns, which the caller owns: the first, every `every`-th after
 * it, and the last.
 * @throws {RangeError} when `every` is not a whole number of at least 1
 */
export async function collect(turns: AsyncIterable<Turn>, { every = 1 }: { every?: number } = {}): Promise<Turn[]> {
  if (!Number.isInteger(every) || every < 1)
    throw new RangeError(`collect: every must be a whole number of at least 1, got ${every}`);
  const kept: Turn[] = [];
  let latest: Turn | undefined;
  let done = false;
  let i = 0;
  try {
    for await (const turn of turns) {
      if (latest) disposeTurn(latest);
      latest = { ...turn, z: turn.z.clone(), ...(turn.x0 && { x0: turn.x0.clone() }) };
      if (i++ % every === 0) {
        kept.push(latest);
        latest = undefined;
      }
    }
    if (latest) kept.push(latest);
    done = true;
    return kept;
  } finally {
    if (!done) {
      kept.forEach(disposeTurn);
      if (latest) disposeTurn(latest);
    }
  }
}

/** Disposes of the tensors of turns that were kept by {@link collect}. */
export function disposeTurns(turns: Turn[]): void {
  turns.forEach(disposeTurn);
}

function disposeTurn({ z, x0 }: Turn): void {
  tf.dispose([z, x0]);
}
