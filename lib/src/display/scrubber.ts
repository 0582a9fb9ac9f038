import { base64 } from '#platform/base64.js';
import { pngOf } from '#platform/canvas.js';
import { checkNumbers, checkWhole } from '../check.js';
import { Figure, type FigureOptions } from './figure.js';
import { filmOf, type FilmOptions, type Frames } from './frames.js';
import { paper } from './picture.js';
import { frameLabel } from './strip.js';
import { INK } from './theme.js';

/** Options of {@link scrubber}. */
export interface ScrubberOptions extends FigureOptions, FilmOptions {
  /** A label for each frame. A number is a level, and becomes `t = 0.5`. */
  labels?: readonly (string | number)[];
  /** Images in a row, by default as many as fit. */
  columns?: number;
  /** The frame that is shown first, counted from 0. */
  start?: number;
  /** Milliseconds for each frame while it plays; by default 100. */
  delay?: number;
}

/**
 * A figure with a slider that walks images through time, for example into noise and back, and a button that plays it.
 * Each frame is a picture inside the figure, so that it also moves in a saved notebook, without a kernel.
 * @param frames turns of a sampler, a batch of images for each moment, or one batch whose images are the moments
 * @throws {TypeError | RangeError} when there are no frames, when they differ in shape, or when an option is out of
 * range
 */
export function scrubber(frames: Frames, o: ScrubberOptions = {}): Figure {
  checkNumbers('scrubber', o, '');
  const { width, height, moments, levels } = filmOf('scrubber', frames, o);
  const given = o.labels ?? levels;
  if (given && given.length !== moments.length)
    throw new RangeError(
      `scrubber: labels must have ${moments.length} entries, one for each frame, got ${given.length}`,
    );
  const labels = moments.map((_, i) => frameLabel(given?.[i] ?? String(i)));
  const start = checkWhole('scrubber', 'start', o.start ?? 0, 0);
  if (start >= moments.length)
    throw new RangeError(`scrubber: start must be below the ${moments.length} frames, got ${start}`);
  const delay = checkWhole('scrubber', 'delay', o.delay ?? 100, 1);
  const count = moments[0].length;
  const columns = checkWhole(
    'scrubber',
    'columns',
    o.columns ?? (count <= 8 ? count : Math.ceil(Math.sqrt(2 * count))),
    1,
  );
  const rows = Math.ceil(count / columns);

  // One small picture for each frame, a pixel for a pixel and one between images; the browser enlarges it.
  const sheet = { width: columns * (width + 1) - 1, height: rows * (height + 1) - 1 };
  const { canvas, context } = paper('scrubber', sheet.width, sheet.height);
  const sources = moments.map((tiles) => {
    context.fillStyle = INK.paper;
    context.fillRect(0, 0, sheet.width, sheet.height);
    tiles.forEach((tile, i) =>
      context.drawImage(tile, (i % columns) * (width + 1), Math.floor(i / columns) * (height + 1)),
    );
    return `data:image/png;base64,${base64(pngOf(canvas))}`;
  });

  const scale = Math.max(1, Math.min(8, Math.floor(660 / sheet.width), Math.floor(480 / sheet.height)));
  const side = 20;
  const wide = Math.max(360, sheet.width * scale + 2 * side);
  const right = wide - side - sheet.width * scale;
  const bare = { visible: false, fixedrange: true, automargin: false };
  const bottom = 100;
  const figure = new Figure(
    {
      data: [{ type: 'image', source: sources[start], hoverinfo: 'skip' }],
      layout: {
        margin: { l: side, r: right, b: bottom },
        xaxis: { ...bare, range: [-0.5, sheet.width - 0.5] },
        yaxis: { ...bare, range: [sheet.height - 0.5, -0.5] },
        dragmode: false,
        sliders: [
          {
            active: start,
            x: 0,
            len: (wide - 2 * side) / (sheet.width * scale),
            pad: { t: 30, l: 96 },
            currentvalue: { xanchor: 'left', offset: 8, font: { size: 13, color: INK.text } },
            tickcolor: INK.line,
            font: { color: 'rgba(0,0,0,0)', size: 1 },
            minorticklen: 0,
            ticklen: 0,
            transition: { duration: 0 },
            steps: labels.map((label, i) => ({ label, method: 'animate', args: [[String(i)], instantly(0)] })),
          },
        ],
        updatemenus: [
          {
            type: 'buttons',
            direction: 'left',
            showactive: false,
            x: 0,
            y: 0,
            xanchor: 'left',
            yanchor: 'top',
            pad: { t: 36, l: 0 },
            font: { size: 12 },
            buttons: [
              { label: '▶', method: 'animate', args: [null, { ...instantly(delay), fromcurrent: true }] },
              { label: '❚❚', method: 'animate', args: [[null], instantly(0)] },
            ],
          },
        ],
      },
      // Each frame says where the slider stands. Plotly moves it by itself, but not while it believes that somebody
      // drags it, which it does for ever after a click whose release came before the redraw, as on a slow machine.
      frames: sources.map((source, i) => ({
        name: String(i),
        data: [{ source }],
        layout: { sliders: [{ active: i }] },
      })),
      config: { displayModeBar: false },
    },
    { ...o, width: o.width ?? wide, height: 400 },
  );
  figure.json.layout.height = o.height ?? figure.json.layout.margin!.t! + sheet.height * scale + bottom;
  return figure;
}

function instantly(duration: number) {
  return { mode: 'immediate', frame: { duration, redraw: true }, transition: { duration: 0 } };
}
