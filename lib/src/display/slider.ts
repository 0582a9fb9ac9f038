import { base64 } from '#platform/base64.js';
import { checkNumbers, checkWhole } from '../check.js';
import type { Bundle } from '../platform/types.js';
import type { Images } from '../types.js';
import { present, type Displayable } from './displayable.js';
import type { Figure, FigureOptions } from './figure.js';
import { grid } from './grid.js';
import { escapeHtml } from './jupyter.js';
import { scrubber } from './scrubber.js';
import { frameLabel } from './strip.js';
import { boxState, htmlState, sliderState, WIDGET_VIEW, widgets, type Widget } from './widgets.js';

/** Options of {@link slider}. */
export interface SliderOptions extends FigureOptions {
  /** What is slid, in a word; by default `t`. */
  label?: string;
  /** A text for each value. A number becomes `t = 0.5`. */
  labels?: readonly (string | number)[];
  /** The value that is shown first, counted from 0. */
  start?: number;
  /** For how many values, evenly spread, the images are computed at once; the saved notebook shows those. Default 9. */
  frames?: number;
  /** Images in a row; by default what makes a good page. */
  columns?: number;
}

/**
 * A slider that computes: wherever the reader drags it, `f` runs in the kernel and its images are shown. What is saved,
 * and is shown where no kernel is, is a {@link scrubber} over some of the values.
 *
 * ```ts
 * const [coarse, some] = [pixelate(), faces.images({ end: 8 })];
 * await slider(evenLevels(100), (t) => coarse.at({}, some, t), { title: 'Drag t, see the faces' });
 * ```
 * @param values what the slider can be set to, one after the other
 * @param f makes the images of a value, `[batch, height, width, 1, 3 or 4]`, as many of the same size for each. The
 * slider disposes of them; whatever else it makes, `f` disposes of. It may be asked while a later cell is running.
 * @throws {TypeError | RangeError} when there are no values, when images differ in shape, or when an option is out of
 * range
 */
export async function slider<T>(
  values: readonly T[],
  f: (value: T) => Images | Promise<Images>,
  o: SliderOptions = {},
): Promise<Slider> {
  checkNumbers('slider', values, 'values');
  checkNumbers('slider', o, '');
  if (typeof f !== 'function') throw new TypeError(`slider: f must be a function, got ${typeof f}`);
  if (!(values?.length > 0))
    throw new TypeError(`slider: values must hold at least one, got ${values?.length === 0 ? 'none' : typeof values}`);
  const { label = 't', columns, frames = 9, ...figure } = o;
  const given = o.labels ?? values.map((value) => (typeof value === 'number' ? value : String(value)));
  if (given.length !== values.length)
    throw new RangeError(`slider: labels must have ${values.length} entries, one for each value, got ${given.length}`);
  const labels = given.map(frameLabel);
  const start = checkWhole('slider', 'start', o.start ?? 0, 0);
  if (start >= values.length)
    throw new RangeError(`slider: start must be below the ${values.length} values, got ${start}`);
  checkWhole('slider', 'frames', frames, 1);

  const places = spread(values.length, frames, start);
  const images: Images[] = [];
  try {
    for (const place of places) images.push(await f(values[place]));
    const saved = scrubber(images, {
      ...figure,
      ...(columns !== undefined && { columns }),
      labels: places.map((place) => labels[place]),
      start: places.indexOf(start),
    });
    return new Slider(saved, { label, labels, start, draw: async (place) => html(await f(values[place]), o) });
  } finally {
    for (const each of images) each.dispose();
  }
}

/** What a {@link Slider} moves over. */
export interface SliderCourse {
  /** What is slid, in a word. */
  label: string;
  /** A text for each place. */
  labels: readonly string[];
  /** The place that is shown first. */
  start: number;
  /** What is shown at a place, as HTML. */
  draw(place: number): Promise<string>;
}

/** A slider that computes; the result of {@link slider}. As a cell's last expression it shows itself. */
export class Slider implements Displayable {
  /** What is shown where no kernel is. */
  readonly saved: Figure;
  readonly #course: SliderCourse;

  /** Takes what {@link slider} has checked. */
  constructor(saved: Figure, course: SliderCourse) {
    this.saved = saved;
    this.#course = course;
  }

  /** Shows the slider below the cell; outside a kernel it prints a line. */
  show(): void {
    present(this);
  }

  /** The forms in which a notebook shows it. */
  bundle(): Bundle {
    const box = this.#open();
    const view = box && { [WIDGET_VIEW]: { version_major: 2, version_minor: 0, model_id: box.id } };
    return { ...this.saved.bundle(), ...view };
  }

  /** What it is, in a few words. */
  describe(): string {
    return `slider over ${this.#course.labels.length} values`;
  }

  /** The control in the page, where there is one. Until it is dragged, it says what is there to be done. */
  #open(): Widget | undefined {
    const page = widgets();
    if (!page) return undefined;
    const { label, labels, start, draw } = this.#course;
    const shown = page.open(htmlState(''));
    const newest = onlyTheNewest(async (place) => shown.update({ value: await draw(place).catch(told) }));
    const handle = page.open(sliderState({ label, labels, index: start }), ({ index }) => {
      if (Number.isInteger(index) && (index as number) in labels) newest(index as number);
    });
    newest(start);
    return page.open(boxState([handle, shown]));
  }
}

/** Places from 0 to `count − 1`, evenly spread over them, `start` among them. */
function spread(count: number, most: number, start: number): number[] {
  const size = Math.min(count, most);
  const even = Array.from({ length: size }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, size - 1)));
  return [...new Set([...even, start])].sort((a, b) => a - b);
}

/** The images as HTML, which are disposed of. */
function html(images: Images, { columns, title, caption }: SliderOptions): string {
  try {
    const picture = grid(images, columns === undefined ? {} : { columns });
    const source = `data:image/png;base64,${base64(picture.png())}`;
    const head = title ? `<div style="font-weight: 600; margin: 4px 0">${escapeHtml(title)}</div>` : '';
    const foot = caption
      ? `<div style="max-width: ${picture.width}px; margin: 4px 0">${escapeHtml(caption)}</div>`
      : '';
    return `${head}<img width="${picture.width}" height="${picture.height}" src="${source}">${foot}`;
  } finally {
    images.dispose();
  }
}

/** An error of `f`, for the reader who has dragged. */
function told(error: unknown): string {
  return `<pre>${escapeHtml(String(error))}</pre>`;
}

/** Does the work for the newest place only: what came in between, while it was at work, is passed over. */
function onlyTheNewest(work: (place: number) => Promise<void>): (place: number) => void {
  let wanted: number | undefined;
  let working = false;
  return (place) => {
    wanted = place;
    if (!working) void go();
  };

  async function go(): Promise<void> {
    working = true;
    while (wanted !== undefined) {
      const place = wanted;
      wanted = undefined;
      await work(place);
    }
    working = false;
  }
}
