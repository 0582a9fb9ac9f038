import { checkWhole } from '../check.js';
import { evenLevels } from '../level.js';
import type { Draw } from '../types.js';
import type { Sampling } from './options.js';

/** Options of samplers that take steps of equal size. */
export interface StepsBack<D extends Draw = Draw> extends Sampling<D> {
  /** The number of steps, and so of predictions: at least 1. */
  steps: number;
  /** The level of `z`: above 0, at most 1, which is the default. */
  level?: number;
}

/** The levels of these steps. */
export function levelsOf<D extends Draw>(caller: string, { steps, level = 1, z }: StepsBack<D>): number[] {
  checkWhole(caller, 'steps', steps);
  if (!(level > 0 && level <= 1)) throw new RangeError(`${caller}: level must be above 0 and at most 1, got ${level}`);
  if (level < 1 && !z) throw new TypeError(`${caller}: z must be given to start from the level ${level}`);
  return evenLevels(steps, { start: level });
}
