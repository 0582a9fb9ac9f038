import { checkWhole } from '../check.js';
import type { Canvas } from '../platform/types.js';
import { Picture, paper } from './picture.js';
import { block, drawBlock, widestWord } from './text.js';
import { INK } from './theme.js';

/** What grids and strips have in common. */
export interface SheetOptions {
  /** How many screen pixels an image's pixel is wide and high; by default as many as fit a page. */
  scale?: number;
  /** Screen pixels between images; by default 2. */
  padding?: number;
  /** A name for each row, at its left. */
  rowLabels?: readonly (string | number)[];
  /** A name for each column, above it. */
  columnLabels?: readonly (string | number)[];
  /** A headline above the picture. */
  title?: string;
  /** A sentence below the headline that says what there is to see. */
  caption?: string;
}

/** Images in rows and columns, ready to be drawn. */
export interface SheetContent {
  /** Width and height of each image, in its own pixels. */
  width: number;
  height: number;
  /** Rows of images; a place may be empty. */
  rows: (Canvas | undefined)[][];
  /** A text below each image, in the same order. */
  texts?: (string | undefined)[][];
  /** Captions of sheets that must have the same size as this one. */
  captions?: readonly string[];
}

const PAGE = { width: 800, height: 800 };
const LABEL = 12;
const MARGIN = 10;
const GAP = 6; // between a label and its image

/** Draws images in rows and columns, enlarged by whole pixels, with labels around them. */
export function drawSheet(
  caller: string,
  { width, height, rows, texts, captions = [] }: SheetContent,
  o: SheetOptions,
): Picture {
  const columns = Math.max(...rows.map((row) => row.length));
  checkLabels(caller, 'rowLabels', o.rowLabels, rows.length);
  checkLabels(caller, 'columnLabels', o.columnLabels, columns);
  const padding = checkWhole(caller, 'padding', o.padding ?? 2, 0);
  const rowNames = o.rowLabels?.map((name) => block(String(name), 150, LABEL));
  const left = rowNames ? Math.max(...rowNames.map((name) => name.width)) + GAP : 0;
  const scale = checkWhole(caller, 'scale', o.scale ?? fittingScale(columns * width, rows.length * height, left), 1);

  // Columns are wider than their images only where a label's word needs the room.
  const names = [...(o.columnLabels ?? []), ...(texts?.flat() ?? [])].map((name) => String(name ?? ''));
  const cellWidth = Math.max(width * scale, ...names.map((name) => widestWord(name, LABEL) + GAP));
  const columnNames = o.columnLabels?.map((name) => block(String(name), cellWidth, LABEL));
  const below = texts?.map((row) => row.map((text) => block(text ?? '', cellWidth, LABEL)));

  const sheetWidth = left + columns * cellWidth + (columns - 1) * padding;
  const textWidth = Math.max(sheetWidth, 420);
  const title = o.title ? block(o.title, textWidth, 15, 600) : undefined;
  const caption = o.caption ? block(o.caption, textWidth, 12.5) : undefined;
  const others = captions.filter(Boolean).map((text) => block(text, textWidth, 12.5));
  const captionHeight = Math.max(caption?.height ?? 0, ...others.map((text) => text.height));
  const margin = title || captionHeight || rowNames || columnNames || below ? MARGIN : 0;
  const head = (title ? title.height + 2 : 0) + captionHeight + (title || captionHeight ? GAP : 0);
  const top = margin + head + (columnNames ? Math.max(...columnNames.map((name) => name.height)) + 2 : 0);
  const rowHeights = rows.map(
    (_, r) => height * scale + (below ? Math.max(...below[r].map((text) => text.height)) + 4 : 0),
  );
  const sheetHeight = rowHeights.reduce((sum, h) => sum + h) + (rows.length - 1) * padding;

  const full = Math.max(sheetWidth, title?.width ?? 0, caption?.width ?? 0, ...others.map((text) => text.width));
  const { canvas, context } = paper(caller, 2 * margin + full, top + sheetHeight + margin);
  if (title) drawBlock(context, title, margin, margin, INK.text);
  if (caption) drawBlock(context, caption, margin, margin + (title ? title.height + 2 : 0), INK.muted);
  context.imageSmoothingEnabled = false;
  const inset = Math.floor((cellWidth - width * scale) / 2);
  const columnAt = (c: number) => margin + left + c * (cellWidth + padding);
  columnNames?.forEach((name, c) =>
    drawBlock(context, name, columnAt(c) + cellWidth / 2, top - name.height - 2, INK.muted, 'center'),
  );
  let y = top;
  rows.forEach((row, r) => {
    if (rowNames)
      drawBlock(
        context,
        rowNames[r],
        margin + left - GAP,
        y + (height * scale - rowNames[r].height) / 2,
        INK.muted,
        'right',
      );
    row.forEach((tile, c) => {
      if (tile) context.drawImage(tile, columnAt(c) + inset, y, width * scale, height * scale);
      if (below)
        drawBlock(context, below[r][c], columnAt(c) + cellWidth / 2, y + height * scale + 2, INK.muted, 'center');
    });
    y += rowHeights[r] + padding;
  });
  return new Picture(canvas);
}

/** The largest whole scale at which images that are this large in all fit a page; at most 8. */
function fittingScale(width: number, height: number, left: number): number {
  return Math.max(1, Math.min(8, Math.floor((PAGE.width - left) / width), Math.floor(PAGE.height / height)));
}

function checkLabels(caller: string, name: string, labels: readonly unknown[] | undefined, count: number): void {
  if (labels && labels.length !== count)
    throw new RangeError(`${caller}: ${name} must have ${count} entries, got ${labels.length}`);
}
