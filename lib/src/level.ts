import { tf } from './backend/tf.js';
import { checkWhole } from './check.js';
import type { Level } from './types.js';

/**
 * The level as one number per image, `[batch]`.
 * @param caller what errors call the function that was given the level
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

/**
 * The levels of a sampler that takes steps of equal size: `start` first, 0 last.
 *
 * ```ts
 * evenLevels(4);   // [1, 0.75, 0.5, 0.25, 0]
 * ```
 * @param steps how many steps there are, one less than levels
 * @throws {RangeError} when steps is not a whole number of at least 1, or start does not lie in (0, 1]
 */
export function evenLevels(steps: number, { start = 1 }: { start?: number } = {}): number[] {
  checkWhole('evenLevels', 'steps', steps);
  if (!(start > 0 && start <= 1)) throw new RangeError(`evenLevels: start must be above 0 and at most 1, got ${start}`);
  const all: number[] = [];
  for (let left = steps; left >= 0; left--) all.push((start * left) / steps);
  return all;
}

/** Throws unless `all` are at least two levels in [0, 1], each lower than the one before. */
export function checkLevels(caller: string, all: readonly number[]): void {
  const said = `${caller}: levels must be at least two numbers in [0, 1], each lower than the one before`;
  if (!Array.isArray(all) || all.length < 2) throw new RangeError(`${said}, got ${JSON.stringify(all)}`);
  for (let i = 0; i < all.length; i++) {
    const falls = i === 0 || all[i] < all[i - 1];
    if (!(all[i] >= 0 && all[i] <= 1 && falls)) throw new RangeError(`${said}, got ${all[i]} at place ${i}`);
  }
}
