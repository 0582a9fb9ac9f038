import { isCompiled } from './backend/compile/record.js';
import { tf } from './backend/tf.js';
import { checkNumber, checkWhole, shown } from './check.js';
import type { Level } from './types.js';

/**
 * The level as one number per image, `[batch]`.
 * @param caller what errors call the function that was given the level
 * @throws {RangeError} when a level lies outside [0, 1] or a tensor has another length than the batch; the numbers of a
 * tensor are not looked at inside `compile`
 */
export function levels(t: Level, batch: number, caller = 'levels'): tf.Tensor1D {
  if (typeof t === 'number') {
    checkNumber(caller, 't', t, inRange, 'lie in [0, 1]');
    return tf.fill([batch], t);
  }
  if (!(t instanceof tf.Tensor) || t.rank !== 1 || t.shape[0] !== batch) {
    throw new RangeError(`${caller}: t must be a number or one number per image, [${batch}], got ${shown(t)}`);
  }
  if (!isCompiled()) checkEach(caller, 't', t);
  return t;
}

/** Each number of a tensor must be a level. */
export function checkEach(caller: string, name: string, t: tf.Tensor): void {
  const bad = t.dataSync().find((value) => !inRange(value));
  if (bad !== undefined) throw new RangeError(`${caller}: ${name} must lie in [0, 1], got ${bad}`);
}

const inRange = (t: number): boolean => t >= 0 && t <= 1;

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
  checkNumber('evenLevels', 'start', start, (n) => n > 0 && n <= 1, 'be above 0 and at most 1');
  const all: number[] = [];
  for (let left = steps; left >= 0; left--) all.push((start * left) / steps);
  return all;
}

/** Throws unless `all` are at least two levels in [0, 1], each lower than the one before. */
export function checkLevels(caller: string, all: readonly number[]): void {
  const said = `${caller}: levels must be at least two numbers in [0, 1], each lower than the one before`;
  if (!Array.isArray(all) || all.length < 2)
    throw new RangeError(`${said}, got ${Array.isArray(all) ? JSON.stringify(all) : shown(all)}`);
  for (let i = 0; i < all.length; i++) {
    const level: unknown = all[i];
    const falls = i === 0 || all[i] < all[i - 1];
    if (typeof level !== 'number' || !inRange(level) || !falls)
      throw new RangeError(`${said}, got ${shown(level)} at place ${i}`);
  }
}
