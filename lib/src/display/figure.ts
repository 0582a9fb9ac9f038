import { drawFigures, plotlyElement } from '#platform/figures.js';
import { writeWhole } from '#platform/files.js';
import { checkEnding } from '../check-path.js';
import { checkNumbers } from '../check.js';
import { Shown } from './displayable.js';
import { type Bundle, escapeHtml } from './jupyter.js';
import { FIGURE_SIZE, TEMPLATE } from './template.js';
import { block } from './text.js';
import { FONT, INK } from './theme.js';

/** A plotly figure as its own documentation describes it: https://plotly.com/javascript/reference */
export interface PlotlyFigure {
  data: readonly object[];
  layout?: PlotlyLayout;
  frames?: readonly object[];
  config?: object;
}

/** The parts of a plotly layout that `plot` looks at; everything else is passed on. */
export interface PlotlyLayout {
  title?: string | { text?: string; [key: string]: unknown };
  width?: number;
  height?: number;
  margin?: { l?: number; r?: number; t?: number; b?: number };
  showlegend?: boolean;
  [key: string]: unknown;
}

/** What every figure may have. */
export interface FigureOptions {
  /** A headline. */
  title?: string;
  /** A sentence below the headline that says what the figure shows. */
  caption?: string;
  /** Width in pixels, by default 700, at least 1. */
  width?: number;
  /** Height in pixels, by default 400, at least 1. */
  height?: number;
}

/** An interactive figure: the result of `plot` and its relatives. As a cell's last expression it shows itself. */
export class Figure extends Shown {
  /** The figure in plotly's own terms: plain JSON. */
  readonly json: { data: object[]; layout: PlotlyLayout; frames?: object[]; config: object };

  /** Takes what {@link plot} has checked. */
  constructor(
    { data, layout = {}, frames, config = {} }: PlotlyFigure,
    { title, caption, width, height }: FigureOptions = {},
  ) {
    super();
    this.json = plain({
      data: [...data],
      layout: withHead(
        layout,
        {
          title,
          caption,
          width: width ?? layout.width ?? FIGURE_SIZE.width,
          height: height ?? layout.height ?? FIGURE_SIZE.height,
        },
        legendRows(data, layout, width ?? layout.width ?? FIGURE_SIZE.width),
      ),
      ...(frames && { frames: [...frames] }),
      config: { displaylogo: false, ...config },
    });
  }

  /** Width in pixels. */
  get width(): number {
    return this.json.layout.width!;
  }

  /** Height in pixels. */
  get height(): number {
    return this.json.layout.height!;
  }

  /**
   * Writes the figure as a web page (`.html`, interactive, about 10 MB since plotly is inside) or as a picture
   * (`.png`, drawn by Chromium, twice as fine as on screen).
   * @throws {TypeError} when the path ends in neither
   * @throws {Error} when it cannot be written; for a picture, when there is no Chromium, with the remedy
   */
  async save(path: string): Promise<void> {
    const ending = checkEnding('Figure.save', path, ['.html', '.png']);
    if (ending === '.html') return writeWhole('Figure.save', path, this.html());
    const [png] = await drawFigures([this.json], { font: FONT, scale: 2 });
    writeWhole('Figure.save', path, png);
  }

  /** The figure as a web page of its own, which needs nothing from the network. */
  html(): string {
    const json = JSON.stringify(this.json).replaceAll('<', '\\u003c'); // no text in it can end the script
    return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(this.describe())}</title>
<body style="margin: 0">
<div id="figure"></div>
${plotlyElement()}
<script>
const { data, layout, frames, config } = ${json};
Plotly.newPlot('figure', { data, layout, frames, config });
</script>
</body>
</html>
`;
  }

  /** The forms in which a notebook shows it. */
  override bundle(): Bundle {
    return { 'application/vnd.plotly.v1+json': this.json, 'text/plain': `[${this.describe()}]` };
  }

  /** What it is, in a few words. */
  override describe(): string {
    const { title } = this.json.layout;
    const text = typeof title === 'object' ? title.text : undefined;
    return text ? `figure: ${text.split('<br>')[0].replaceAll(/<[^>]*>/g, '')}` : 'figure';
  }
}

/**
 * An interactive figure from plotly's own description, in the common style:
 *
 * ```ts
 * const data = [{ x: [1, 2, 3], y: [2, 4, 8] }];
 * plot({ data, layout: { xaxis: { title: { text: 'step' } } } }, { title: 'Doubling' })
 * ```
 * Typed arrays may be given; null leaves a gap.
 * @throws {TypeError} when `data` is not an array
 * @throws {RangeError} when a number in it is NaN or infinite, naming its place
 */
export function plot(figure: PlotlyFigure, options: FigureOptions = {}): Figure {
  if (!Array.isArray(figure?.data))
    throw new TypeError(`plot: data must be an array of plotly traces, got ${typeof figure?.data}`);
  checkNumbers('plot', figure, '');
  checkNumbers('plot', options, '');
  return new Figure(figure, options);
}

/** The layout with size, headline, caption and enough room above for both. */
function withHead(
  layout: PlotlyLayout,
  { title, caption, width, height }: FigureOptions,
  legend: number,
): PlotlyLayout {
  const given = typeof layout.title === 'string' ? { text: layout.title } : layout.title;
  const text = title ?? given?.text;
  const lines = [
    ...(text ? [`<b>${text}</b>`] : []),
    ...(caption
      ? block(caption, width! - 40, 13).lines.map(
          (line) => `<span style="font-size: 13px; color: ${INK.muted}">${line}</span>`,
        )
      : []),
  ];
  return {
    template: TEMPLATE,
    ...layout,
    width,
    height,
    ...(lines.length && {
      title: { pad: { l: 14, t: lines.length > 1 ? 24 : 12 }, ...given, text: lines.join('<br>') },
    }),
    margin: {
      l: 60,
      r: 24,
      b: 52,
      ...layout.margin,
      t: layout.margin?.t ?? (lines.length ? 18 + 21 * lines.length : 12) + (legend ? 11 + 19 * legend : 6),
    },
  };
}

/** How many rows the legend takes, in a figure of this width; none where it is not shown. */
function legendRows(data: readonly object[], { showlegend }: PlotlyLayout, width: number): number {
  const traces = (data as { showlegend?: boolean; type?: string; name?: string }[]).filter(
    (trace) => trace.showlegend !== false && !['heatmap', 'image'].includes(trace.type ?? ''),
  );
  if (!(showlegend ?? traces.length > 1)) return 0;
  // Plotly gives all entries the width of the widest.
  const widest = Math.max(0, ...traces.map(({ name }) => block(name ?? '', width, 13).width));
  const columns = Math.max(1, Math.floor((width - 84) / (widest + 50)));
  return Math.max(1, Math.ceil(traces.length / columns));
}

/** A copy as plain JSON: typed arrays become arrays, float32 numbers lose the digits that they do not have. */
function plain<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, v: unknown) => {
      if (v instanceof Float32Array) return Array.from(v, (x) => Number(x.toPrecision(7)));
      return ArrayBuffer.isView(v) && !(v instanceof DataView) ? Array.from(v as unknown as ArrayLike<number>) : v;
    }),
  ) as T;
}
