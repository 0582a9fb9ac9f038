import { checkNumbers, checkWhole } from '../check.js';
import { filmOf, levelLabel, spread, type FilmOptions, type Frames } from './frames.js';
import type { Picture } from './picture.js';
import { drawSheet, type SheetOptions } from './sheet.js';

/** Options of {@link strip}. */
export interface StripOptions extends Omit<SheetOptions, 'columnLabels'>, FilmOptions {
  /** A label for each frame that is given. A number is a level, and becomes `t = 0.5`. */
  labels?: readonly (string | number)[];
  /** At most so many frames are drawn, evenly spread, with the first and the last; by default 12. */
  columns?: number;
}

/**
 * A film strip: time from left to right, one row for each image.
 *
 * ```ts
 * strip(await collect(sampleNaive({ … })), { images: 4, columns: 8 })   // labelled t = 1, t = 0.86, …
 * ```
 * Pixels are enlarged by a whole factor, without smoothing. Values are clipped to [0, 1]; NaN and Infinity are refused.
 * @param frames turns of a sampler, a batch of images for each moment, or one batch whose images are the moments
 * @throws {TypeError | RangeError} when there are no frames, when they differ in shape, or when an option is out of
 * range
 */
export function strip(frames: Frames, o: StripOptions = {}): Picture {
  checkNumbers('strip', o, '');
  const columns = checkWhole('strip', 'columns', o.columns ?? 12, 1);
  const { width, height, moments, levels } = filmOf('strip', frames, o);
  const labels = o.labels ?? levels;
  if (labels && labels.length !== moments.length)
    throw new RangeError(`strip: labels must have ${moments.length} entries, one for each frame, got ${labels.length}`);
  const shown = spread(moments.length, columns);
  const rows = moments[0].map((_, image) => shown.map((moment) => moments[moment][image]));
  const columnLabels = labels && shown.map((moment) => frameLabel(labels[moment]));
  return drawSheet('strip', { width, height, rows }, { ...o, columnLabels });
}

/** A frame's label: a number is a level. */
export function frameLabel(label: string | number): string {
  return typeof label === 'number' ? levelLabel(label) : label;
}
