import type { Canvas } from '../types.js';
import { optional } from './optional.js';

type Library = typeof import('canvas');
let library: Library | undefined;

/** What draws, which users who want pictures install. */
export function canvasLibrary(): Library {
  library ??= optional<Library>('canvas', 'pictures need');
  return library;
}

/** An empty canvas. */
export function createCanvas(width: number, height: number): Canvas {
  return canvasLibrary().createCanvas(width, height) as unknown as Canvas;
}

/** What is on a canvas, as the bytes of a PNG file. */
export function pngOf(canvas: Canvas): Uint8Array {
  return (canvas as unknown as import('canvas').Canvas).toBuffer('image/png');
}
