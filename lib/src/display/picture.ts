import { createCanvas, pngOf } from '#platform/canvas.js';
import { writeWhole } from '#platform/files.js';
import { checkEnding } from '../check-path.js';
import type { Bundle, Canvas } from '../platform/types.js';
import { Shown } from './displayable.js';
import { INK } from './theme.js';

/** A finished drawing: the result of `grid` and `strip`. As a cell's last expression it shows itself. */
export class Picture extends Shown {
  /** What was drawn. */
  readonly canvas: Canvas;

  /** Keeps `canvas` as it is; nothing more should be drawn on it. */
  constructor(canvas: Canvas) {
    super();
    this.canvas = canvas;
  }

  /** Width in pixels. */
  get width(): number {
    return this.canvas.width;
  }

  /** Height in pixels. */
  get height(): number {
    return this.canvas.height;
  }

  /** The picture as a PNG file's bytes. */
  png(): Uint8Array {
    return pngOf(this.canvas);
  }

  /**
   * Writes a PNG file. Folders on the way are made; an older file is replaced only when the new one is complete.
   * @throws {TypeError} when the path does not end in `.png`
   * @throws {Error} when it cannot be written
   */
  save(path: string): void {
    checkEnding('Picture.save', path, ['.png']);
    writeWhole('Picture.save', path, this.png());
  }

  /** The forms in which a notebook shows it. */
  override bundle(): Bundle {
    return { 'image/png': this.png(), 'text/plain': `[${this.describe()}]` };
  }

  /** What it is, in a few words. */
  override describe(): string {
    return `picture, ${this.width} × ${this.height} pixels`;
  }
}

/** The most pixels that a picture may have on a side: what every program that shows it can be trusted to take. */
const mostSide = 32_767;

/** The most pixels of a picture in all: 4 bytes for each are taken. */
const mostPixels = 2 ** 27;

/**
 * A white canvas and its context.
 * @throws {RangeError} when it would be too large, before memory is taken
 */
export function paper(caller: string, width: number, height: number) {
  if (width > mostSide || height > mostSide || width * height > mostPixels)
    throw new RangeError(
      `${caller}: the picture may have ${mostSide} pixels on a side and ${mostPixels} in all, got ${width} × ${height}; ` +
        'draw fewer images, or choose a smaller scale',
    );
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = INK.paper;
  context.fillRect(0, 0, width, height);
  return { canvas, context };
}
