import { encode } from 'fast-png';
import type { Canvas } from '../types.js';

/** An empty canvas, in a page or in a worker. */
export function createCanvas(width: number, height: number): Canvas {
  return new OffscreenCanvas(width, height) as unknown as Canvas;
}

/** What is on a canvas, as the bytes of a PNG file. The browser's own way would have to be awaited. */
export function pngOf(canvas: Canvas): Uint8Array {
  const { width, height, data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return encode({ width, height, data, channels: 4, depth: 8 });
}
