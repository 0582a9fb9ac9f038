import { createRequire } from 'node:module';
import { checkEnding, writeWhole } from '../files.js';
import { present, type Displayable } from './displayable.js';
import { filmOf, type FilmOptions, type Frames } from './frames.js';
import type { Bundle } from './kernel.js';
import type { Picture } from './picture.js';
import { drawSheet, whole, type SheetOptions } from './sheet.js';
import { frameLabel } from './strip.js';

/** The parts of the encoder that are used; it has no types of its own. */
interface Gifenc {
  GIFEncoder(): {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      o: { palette: number[][]; delay: number; repeat: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  };
  quantize(rgba: Uint8ClampedArray, colors: number): number[][];
  applyPalette(rgba: Uint8ClampedArray, palette: number[][]): Uint8Array;
}
// Its ES module is found by bundlers only; Node and vitest must load the same one.
const gifenc = createRequire(import.meta.url)('gifenc') as Gifenc;

/** Options of {@link animate}. */
export interface GifOptions extends SheetOptions, FilmOptions {
  /** Images in a row, by default nearly a square. */
  columns?: number;
  /** Milliseconds for each frame, a multiple of 10; by default 80. */
  delay?: number;
  /** Milliseconds for the last frame; by default 1,500. */
  hold?: number;
  /** A label for each frame, drawn above the images. A number is a level, and becomes `t = 0.5`. */
  labels?: readonly (string | number)[];
  /** Whether it starts again at the end; by default it does. */
  loop?: boolean;
}

/** An animated picture: the result of `animate`. As a cell's last expression it shows itself. */
export class Gif implements Displayable {
  /** The GIF file's bytes. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** How many frames. */
  readonly length: number;

  /** Takes the bytes of a GIF file as they are. */
  constructor(bytes: Uint8Array, width: number, height: number, length: number) {
    this.bytes = bytes;
    this.width = width;
    this.height = height;
    this.length = length;
  }

  /** Shows the animation below the cell; outside a kernel it prints a line. */
  show(): void {
    present(this);
  }

  /**
   * Writes a GIF file. Folders on the way are made; an older file is replaced only when the new one is complete.
   * @throws {TypeError} when the path does not end in `.gif`
   * @throws {Error} when it cannot be written
   */
  save(path: string): void {
    checkEnding('Gif.save', path, ['.gif']);
    writeWhole('Gif.save', path, this.bytes);
  }

  /** The forms in which a notebook shows it. */
  bundle(): Bundle {
    return { 'image/gif': this.bytes, 'text/plain': `[${this.describe()}]` };
  }

  /** What it is, in a few words. */
  describe(): string {
    return `animation, ${this.length} frames of ${this.width} × ${this.height} pixels`;
  }
}

/**
 * An animated GIF of a walk: each frame is a grid of the images at one moment.
 * Frames with at most 256 colours keep them exactly; others are reduced to 256.
 * @param frames turns of a sampler, a batch of images for each moment, or one batch whose images are the moments
 * @throws {TypeError | RangeError} when there are no frames, when they differ in shape, or when an option is out of
 * range
 */
export function animate(frames: Frames, o: GifOptions = {}): Gif {
  const delay = whole('animate', 'delay', o.delay ?? 80, 10);
  const hold = whole('animate', 'hold', o.hold ?? 1500, 10);
  const { width, height, moments, levels } = filmOf('animate', frames, o);
  const labels = o.labels ?? levels;
  if (labels && labels.length !== moments.length)
    throw new RangeError(
      `animate: labels must have ${moments.length} entries, one for each frame, got ${labels.length}`,
    );
  const columns = whole('animate', 'columns', o.columns ?? Math.ceil(Math.sqrt(moments[0].length)), 1);
  const gif = gifenc.GIFEncoder();
  let size = { width: 0, height: 0 };
  moments.forEach((tiles, i) => {
    const rows = Array.from({ length: Math.ceil(tiles.length / columns) }, (_, r) =>
      tiles.slice(r * columns, (r + 1) * columns),
    );
    const caption = [o.caption, labels && frameLabel(labels[i])].filter(Boolean).join(' · ') || undefined;
    const picture = drawSheet(
      'animate',
      { width, height, rows },
      { ...o, scale: o.scale ?? Math.max(1, Math.min(8, Math.floor(384 / (columns * width)))), caption },
    );
    if (i === 0) size = { width: picture.width, height: picture.height };
    else if (picture.width !== size.width || picture.height !== size.height)
      throw new RangeError('animate: labels must take the same room in every frame; make them shorter');
    const { index, palette } = indexed(picture);
    gif.writeFrame(index, picture.width, picture.height, {
      palette,
      delay: i === moments.length - 1 ? hold : delay,
      repeat: o.loop === false ? -1 : 0,
    });
  });
  gif.finish();
  return new Gif(gif.bytes(), size.width, size.height, moments.length);
}

/** A picture as numbers into a palette of at most 256 colours. */
function indexed({ canvas, width, height }: Picture): { index: Uint8Array; palette: number[][] } {
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const index = new Uint8Array(width * height);
  const known = new Map<number, number>();
  const palette: number[][] = [];
  for (let i = 0; i < index.length; i++) {
    const color = (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2];
    let entry = known.get(color);
    if (entry === undefined) {
      if (palette.length === 256) {
        const reduced = gifenc.quantize(data, 256);
        return { index: gifenc.applyPalette(data, reduced), palette: reduced };
      }
      known.set(color, (entry = palette.length));
      palette.push([data[4 * i], data[4 * i + 1], data[4 * i + 2]]);
    }
    index[i] = entry;
  }
  return { index, palette };
}
