import { tf } from '../backend/tf.js';
import { checkFinite, checkWhole } from '../check.js';
import type { Canvas } from '../platform/types.js';
import type { Images, Turn } from '../types.js';
import { tilesOf } from './pixels.js';

/**
 * Moments of a walk: a batch whose images are the moments, a batch for each moment, or what `collect` kept of a
 * sampler.
 */
export type Frames = Images | readonly Images[] | readonly Turn[];

/** Moments of a walk as the canvas takes them. */
export interface FilmTiles {
  width: number;
  height: number;
  /** For each moment its images. */
  moments: Canvas[][];
  /** The level of each moment, where the frames say it. */
  levels?: number[];
}

/** Options of everything that draws a film. */
export interface FilmOptions {
  /** Draw only the first so many images of each batch. */
  images?: number;
  /** For turns of a sampler: the state `z`, or the prediction `x0` at each turn. */
  part?: 'z' | 'x0';
}

/**
 * Reads the images of every moment.
 * @throws {TypeError | RangeError} when there is none, or when they differ in shape
 */
export function filmOf(caller: string, frames: Frames, { images = Infinity, part = 'z' }: FilmOptions = {}): FilmTiles {
  if (images !== Infinity) checkWhole(caller, 'images', images);
  if (part !== 'z' && part !== 'x0')
    throw new TypeError(`${caller}: part must be 'z' or 'x0', got ${JSON.stringify(part)}`);
  if (frames instanceof tf.Tensor) {
    const { width, height, tiles } = tilesOf(caller, frames, Infinity, 'frames');
    return { width, height, moments: tiles.map((tile) => [tile]) };
  }
  if (!Array.isArray(frames) || frames.length === 0)
    throw new TypeError(
      `${caller}: frames must be a tensor of images or an array of at least one, got ${Array.isArray(frames) ? 'an empty array' : typeof frames}`,
    );
  const turns = frames.every(isTurn);
  const tensors = frames.map((frame: Images | Turn) => (isTurn(frame) ? pick(caller, frame, part) : frame));
  const read = tensors.map((tensor, i) => tilesOf(caller, tensor, images, `frames[${i}]${turns ? `.${part}` : ''}`));
  const { width, height, tiles } = read[0];
  for (const other of read) {
    if (other.width !== width || other.height !== height || other.tiles.length !== tiles.length) {
      throw new RangeError(
        `${caller}: frames must all have the same shape, got [${tensors[0].shape}] and [${tensors[read.indexOf(other)].shape}]`,
      );
    }
  }
  const levels = turns ? frames.map((turn: Turn) => turn.t) : undefined;
  if (levels) checkFinite(caller, levels, 'frames with levels t');
  return { width, height, moments: read.map((r) => r.tiles), levels };
}

/** `count` positions from 0 to `length` − 1, evenly spread, with both ends; all of them where there are no more. */
export function spread(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  if (count === 1) return [length - 1];
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

/** A level as a label: `t = 0.5`, with spaces at which lines are not broken. */
export function levelLabel(t: number): string {
  return `t\u00a0=\u00a0${Number(t.toFixed(2))}`;
}

function isTurn(frame: unknown): frame is Turn {
  return typeof (frame as Turn | undefined)?.t === 'number' && (frame as Turn).z instanceof tf.Tensor;
}

function pick(caller: string, turn: Turn, part: 'z' | 'x0'): Images {
  const images = turn[part];
  if (!images)
    throw new TypeError(`${caller}: part must be one that the sampler yields, got '${part}' and turns without it`);
  return images;
}
