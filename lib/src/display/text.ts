import { createCanvas } from '#platform/canvas.js';
import type { Context } from '../platform/types.js';
import { canvasFont } from './theme.js';

/** A piece of text, broken into lines. */
export interface TextBlock {
  lines: string[];
  width: number;
  height: number;
  size: number;
  weight: 400 | 600;
}

const LEADING = 1.35;
let ruler: Context | undefined;

/** Breaks `text` at its spaces into lines of at most `width` pixels; a single word that is longer is kept whole. */
export function block(text: string, width: number, size: number, weight: 400 | 600 = 400): TextBlock {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line ? `${line} ${word}` : word;
      if (line && measure(longer, size, weight) > width) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push(line);
  }
  return {
    lines,
    size,
    weight,
    width: Math.max(...lines.map((l) => measure(l, size, weight))),
    height: Math.round(lines.length * size * LEADING),
  };
}

/** Draws a block with its upper edge at `y`; `x` is its left edge, middle or right edge, as `align` says. */
export function drawBlock(
  context: Context,
  text: TextBlock,
  x: number,
  y: number,
  color: string,
  align: 'left' | 'center' | 'right' = 'left',
): void {
  context.font = canvasFont(text.size, text.weight);
  context.fillStyle = color;
  context.textAlign = align;
  context.textBaseline = 'alphabetic';
  text.lines.forEach((line, i) =>
    context.fillText(line, x, Math.round(y + (i + 0.5) * text.size * LEADING + text.size * 0.36)),
  );
}

/** Width of the longest word of `text`, in pixels. */
export function widestWord(text: string, size: number): number {
  return Math.max(...text.split(/[ \n]/).map((word) => measure(word, size, 400)));
}

/** Width of a line of text, in whole pixels. */
function measure(text: string, size: number, weight: 400 | 600 = 400): number {
  ruler ??= createCanvas(1, 1).getContext('2d');
  ruler.font = canvasFont(size, weight);
  return Math.ceil(ruler.measureText(text).width);
}
