import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from 'canvas';
import type { Canvas } from '../../lib/src/platform/types.js';

/** What a fake kernel has received. */
export interface Sent {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
  update: boolean;
}

/**
 * Runs `act` as if in a kernel: with a module loaded where tslab keeps the writer of outputs. Returns what was sent.
 */
export async function inFakeKernel(act: () => unknown, o: { replaces?: boolean } = {}): Promise<Sent[]> {
  const cache = createRequire(import.meta.url).cache;
  const file = join('/anywhere', 'node_modules', 'tslab', 'dist', 'jupyter.js');
  const sent: Sent[] = [];
  const write = (content: Omit<Sent, 'update'>, update: boolean) => {
    sent.push({ ...content, update });
  };
  const lastWriteDisplayData = Object.assign(write, o);
  cache[file] = { exports: { lastWriteDisplayData } } as never;
  try {
    await act();
  } finally {
    delete cache[file];
  }
  return sent;
}

/** Runs `act` with an empty folder that is removed afterwards. */
export async function inFolder(act: (folder: string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'naive-diffusion-test-'));
  try {
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The colour at a place, as [red, green, blue]. */
export function pixel(canvas: Canvas, x: number, y: number): number[] {
  return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3);
}

/** A PNG's pixels on a canvas. */
export async function decode(png: Uint8Array | string): Promise<Canvas> {
  const image = await loadImage(png as Buffer);
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas as unknown as Canvas;
}

/** How many pixels of a region are darker than paper. */
export function ink(canvas: Canvas, x: number, y: number, width: number, height: number): number {
  const { data } = canvas.getContext('2d').getImageData(x, y, width, height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 3 * 200) count++;
  return count;
}
