import { createCanvas as create, type Canvas as NodeCanvas } from 'canvas';
import type { Canvas } from '../types.js';

/** An empty canvas. */
export function createCanvas(width: number, height: number): Canvas {
  return create(width, height) as unknown as Canvas;
}

/** What is on a canvas, as the bytes of a PNG file. */
export function pngOf(canvas: Canvas): Uint8Array {
  return (canvas as unknown as NodeCanvas).toBuffer('image/png');
}
