import { writeWhole } from '#platform/files.js';
import { reduceColours } from '#platform/images.js';
import { listenForStop } from '../backend/interrupt.js';
import { checkEnding } from '../check-path.js';
import { checkNumbers, checkWhole } from '../check.js';
import { gifenc } from '../gifenc.js';
import { Shown } from './displayable.js';
import { filmOf, type FilmOptions, type Frames } from './frames.js';
import type { Bundle } from './jupyter.js';
import type { Picture } from './picture.js';
import { drawSheet, type SheetOptions } from './sheet.js';
import { frameLabel } from './strip.js';

/** Options of {@link animate}. */
export interface GifOptions extends SheetOptions, FilmOptions {
  /** Images in a row, by default nearly a square. */
  columns?: number;
  /** Milliseconds for each frame, a multiple of 10, at least 10; by default 80. */
  delay?: number;
  /** Milliseconds for the last frame; by default 1,500. */
  hold?: number;
  /** A label for each frame, drawn above the images. A number is a level, and becomes `t = 0.5`. */
  labels?: readonly (string | number)[];
  /** Whether it starts again at the end; by default it does. */
  loop?: boolean;
}

/** An animated picture: the result of `animate`. As a cell's last expression it shows itself. */
export class Gif extends Shown {
  /** The GIF file's bytes. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** How many frames. */
  readonly length: number;

  /** Takes the bytes of a GIF file as they are. */
  constructor(bytes: Uint8Array, width: number, height: number, length: number) {
    super();
    this.bytes = bytes;
    this.width = width;
    this.height = height;
    this.length = length;
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
  override bundle(): Bundle {
    return { 'image/gif': this.bytes, 'text/plain': `[${this.describe()}]` };
  }

  /** What it is, in a few words. */
  override describe(): string {
    return `animation, ${this.length} frames of ${this.width} × ${this.height} pixels`;
  }
}

/**
 * An animated GIF of a walk: each frame is a grid of the images at one moment.
 *
 * ```ts
 * await animate(await collect(sampleNaive({ … })), { images: 16 })
 * ```
 * Frames with at most 256 colours keep them exactly; others are reduced to 256, each frame to its own. Values are
 * clipped to [0, 1]; NaN and Infinity are refused. The event loop gets its turn after each frame, and stop ends it
 * there.
 * @param frames turns of a sampler, a batch of images for each moment, or one batch whose images are the moments; they
 * are read before the promise is returned
 * @throws {TypeError | RangeError} when there are no frames, when they differ in shape, or when an option is out of
 * range: at once, not through the promise
 * @throws {Interrupted} after the frame during which stop was pressed
 */
export function animate(frames: Frames, o: GifOptions = {}): Promise<Gif> {
  checkNumbers('animate', o, '');
  const delay = checkWhole('animate', 'delay', o.delay ?? 80, 10, mostDelay);
  const hold = checkWhole('animate', 'hold', o.hold ?? 1500, 10, mostDelay);
  const { width, height, moments, levels } = filmOf('animate', frames, o);
  const labels = o.labels ?? levels;
  if (labels && labels.length !== moments.length)
    throw new RangeError(
      `animate: labels must have ${moments.length} entries, one for each frame, got ${labels.length}`,
    );
  const columns = checkWhole('animate', 'columns', o.columns ?? Math.ceil(Math.sqrt(moments[0].length)), 1);
  const scale = o.scale ?? Math.max(1, Math.min(8, Math.floor(384 / (columns * width))));
  // Captions differ from frame to frame; the room for them must not.
  const captions = moments.map((_, i) => [o.caption, labels && frameLabel(labels[i])].filter(Boolean).join(' · '));
  const draw = (i: number) => {
    const rows = Array.from({ length: Math.ceil(moments[i].length / columns) }, (_, r) =>
      moments[i].slice(r * columns, (r + 1) * columns),
    );
    const caption = captions[i] || undefined;
    return drawSheet('animate', { width, height, rows, captions }, { ...o, scale, caption });
  };
  const first = draw(0); // so that what is wrong with the options is said at once
  const delays = moments.map((_, i) => (i === moments.length - 1 ? hold : delay));
  return encode(first, draw, delays, o.loop !== false);
}

/** The longest time that the format can give a frame, in milliseconds. */
const mostDelay = 655_350;

/** Encodes frame after frame, `delays` saying how many milliseconds each stays. */
async function encode(first: Picture, draw: (i: number) => Picture, delays: number[], loop: boolean): Promise<Gif> {
  const { width, height } = first;
  const gif = gifenc.GIFEncoder();
  const stop = listenForStop();
  try {
    for (const [i, delay] of delays.entries()) {
      const picture = i === 0 ? first : draw(i);
      const { index, palette } = await indexed(picture);
      gif.writeFrame(index, width, height, { palette, delay, repeat: loop ? 0 : -1 });
      await stop.turn();
    }
  } finally {
    stop.close();
  }
  gif.finish();
  return new Gif(gif.bytes(), width, height, delays.length);
}

/** A picture as numbers into a palette of at most 256 colours. */
interface Indexed {
  index: Uint8Array;
  palette: number[][];
}

async function indexed({ canvas, width, height }: Picture): Promise<Indexed> {
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  return exactly(data) ?? exactly(await reduceColours(data, width, height))!;
}

/** The pixels as they are, or nothing where more than 256 colours differ. */
function exactly(rgba: Uint8Array | Uint8ClampedArray): Indexed | undefined {
  const index = new Uint8Array(rgba.length / 4);
  const known = new Map<number, number>();
  const palette: number[][] = [];
  for (let i = 0; i < index.length; i++) {
    const color = (rgba[4 * i] << 16) | (rgba[4 * i + 1] << 8) | rgba[4 * i + 2];
    let entry = known.get(color);
    if (entry === undefined) {
      if (palette.length === 256) return undefined;
      known.set(color, (entry = palette.length));
      palette.push([rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]]);
    }
    index[i] = entry;
  }
  return { index, palette };
}
