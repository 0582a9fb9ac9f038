import { checkNumbers, checkWhole } from '../check.js';
import type { Picture } from './picture.js';
import { tilesOf, type Drawable } from './pixels.js';
import { drawSheet, type SheetOptions } from './sheet.js';

/** Options of {@link grid}. */
export interface GridOptions extends SheetOptions {
  /** Images in a row; by default what `rowLabels` or `columnLabels` say, else what makes a good page. */
  columns?: number;
  /** A text below each image. */
  labels?: readonly (string | number)[];
  /** Draws only the first so many images; by default all of a tensor, and 64 of a set. */
  limit?: number;
}

/**
 * Images in rows and columns: `grid(samples)`, `grid(faces, { columns: 10 })`, `grid(z).save('z.png')`.
 *
 * Pixels are enlarged by a whole factor, without smoothing. Values are clipped to [0, 1]; NaN and Infinity are refused.
 * @param images `[batch, height, width, 1, 3 or 4]`, one image without the batch axis, or a set such as `loadFaces()`
 * returns
 * @throws {TypeError | RangeError} when it is no such tensor, or an option is out of range
 */
export function grid(images: Drawable, o: GridOptions = {}): Picture {
  checkNumbers('grid', o, '');
  if (o.limit !== undefined) checkWhole('grid', 'limit', o.limit, 1);
  const { width, height, tiles } = tilesOf('grid', images, o.limit ?? ('images' in Object(images) ? 64 : undefined));
  const columns = checkWhole('grid', 'columns', o.columns ?? columnsFor(tiles.length, o), 1);
  if (o.labels && o.labels.length !== tiles.length)
    throw new RangeError(`grid: labels must have ${tiles.length} entries, got ${o.labels.length}`);
  const texts = o.labels && inRows(o.labels.map(String), columns);
  return drawSheet('grid', { width, height, rows: inRows(tiles, columns), texts }, o);
}

/** How many images go into a row, where the caller has not said. */
function columnsFor(count: number, { rowLabels, columnLabels }: SheetOptions): number {
  if (columnLabels) return columnLabels.length;
  if (rowLabels) return Math.ceil(count / rowLabels.length);
  if (count <= 10) return count;
  const least = Math.min(16, Math.max(8, Math.ceil(Math.sqrt(count))));
  for (let columns = least; columns <= 16; columns++) if (count % columns === 0) return columns; // no ragged last row
  return least;
}

function inRows<T>(items: T[], columns: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / columns) }, (_, row) =>
    items.slice(row * columns, (row + 1) * columns),
  );
}
