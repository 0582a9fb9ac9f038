import { Figure, type FigureOptions, type PlotlyLayout } from './figure.js';
import { PALETTE } from './theme.js';

/** Numbers, in any kind of array. */
export type Numbers = ArrayLike<number>;

/** One curve with positions of its own, or a look of its own. */
export interface Curve {
  x?: Numbers;
  y: Numbers;
  /** `lines`, `markers` or `lines+markers`; by default as the chart. */
  mode?: 'lines' | 'markers' | 'lines+markers';
  /** A dashed or dotted line, for what is known in closed form beside what was measured. */
  dash?: 'solid' | 'dash' | 'dot';
  color?: string;
}

/** What every chart with axes may have. */
export interface AxisOptions extends FigureOptions {
  xTitle?: string;
  yTitle?: string;
  /** The stretch of an axis that is shown. */
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** A logarithmic axis. */
  logX?: boolean;
  logY?: boolean;
}

/** Options of {@link lineChart}. */
export interface LineChartOptions extends AxisOptions {
  /** Positions for the curves that have none of their own; by default 1, 2, 3, … */
  x?: Numbers;
  /** Name → heights, or a curve with positions and look of its own. */
  series: Record<string, Numbers | Curve>;
  mode?: Curve['mode'];
}

/**
 * Curves over a common axis.
 * @throws {RangeError} when a curve has not as many heights as positions
 */
export function lineChart({ x, series, mode = 'lines', ...o }: LineChartOptions): Figure {
  const data = Object.entries(series).map(([name, given], i) => {
    const curve: Curve = isCurve(given) ? given : { y: given };
    const positions = curve.x ?? x ?? Array.from({ length: curve.y.length }, (_, j) => j + 1);
    if (positions.length !== curve.y.length)
      throw new RangeError(
        `lineChart: series '${name}' must have ${positions.length} numbers, one for each x, got ${curve.y.length}`,
      );
    return {
      type: 'scatter',
      name,
      x: positions,
      y: curve.y,
      mode: curve.mode ?? mode,
      line: { width: 2, color: curve.color ?? PALETTE[i % PALETTE.length], ...(curve.dash && { dash: curve.dash }) },
      marker: { size: 6, color: curve.color ?? PALETTE[i % PALETTE.length] },
    };
  });
  return new Figure({ data, layout: axes(o) }, o);
}

/** Options of {@link barChart}. */
export interface BarChartOptions extends AxisOptions {
  /** A name for each bar, or group of bars. */
  labels: readonly (string | number)[];
  /** Name → heights. */
  series: Record<string, Numbers>;
  /** Bars to the right, for long names; the first is at the top. */
  horizontal?: boolean;
}

/**
 * Bars, side by side where there are several series.
 * @throws {RangeError} when a series has not one number for each label
 */
export function barChart({ labels, series, horizontal = false, ...o }: BarChartOptions): Figure {
  const names = labels.map(String);
  const data = Object.entries(series).map(([name, heights], i) => {
    if (heights.length !== names.length)
      throw new RangeError(
        `barChart: series '${name}' must have ${names.length} numbers, one for each label, got ${heights.length}`,
      );
    const marker = { color: PALETTE[i % PALETTE.length] };
    return horizontal
      ? { type: 'bar', name, orientation: 'h', x: heights, y: names, marker }
      : { type: 'bar', name, x: names, y: heights, marker };
  });
  const layout = axes(o);
  const names_ = { type: 'category', ...(horizontal && { autorange: 'reversed' }) };
  const axis = horizontal ? 'yaxis' : 'xaxis';
  return new Figure(
    { data, layout: { ...layout, [axis]: { ...(layout[axis] as object), ...names_, showgrid: false } } },
    o,
  );
}

/** Options of {@link histogram}. */
export interface HistogramOptions extends AxisOptions {
  /** The values, or several sets of them by name. */
  values: Numbers | Record<string, Numbers>;
  /** How many bins; by default 40. */
  bins?: number;
  /**
   * The stretch that is divided into bins; by default from the least to the greatest value. Values outside are counted
   * in the outer bins.
   */
  range?: readonly [number, number];
  /** What a bar says: how many values, or which fraction of all (the default). */
  show?: 'count' | 'fraction';
}

/**
 * How values are distributed. Several sets share their bins and are drawn as outlines over each other.
 * @throws {RangeError} when there is no value, or an option is out of range
 */
export function histogram({ values, bins = 40, range, show = 'fraction', ...o }: HistogramOptions): Figure {
  const sets: [string, Numbers][] = isNumbers(values) ? [['values', values]] : Object.entries(values);
  if (!Number.isInteger(bins) || bins < 1)
    throw new RangeError(`histogram: bins must be a whole number of at least 1, got ${bins}`);
  const [low, high] = range ?? extent(sets.map(([, v]) => v));
  if (!(low < high))
    throw new RangeError(`histogram: range must be two finite numbers in rising order, got ${low} and ${high}`);
  const width = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + i * width);
  const data = sets.map(([name, set], i) => {
    const counts = new Array<number>(bins).fill(0);
    for (let j = 0; j < set.length; j++) counts[Math.min(bins - 1, Math.max(0, Math.floor((set[j] - low) / width)))]++;
    const heights = show === 'count' ? counts : counts.map((c) => c / set.length);
    const color = PALETTE[i % PALETTE.length];
    return sets.length === 1
      ? {
          type: 'bar',
          name,
          x: edges.slice(0, -1).map((e) => e + width / 2),
          y: heights,
          width,
          marker: { color, line: { width: 0.5, color: 'white' } },
        }
      : {
          type: 'scatter',
          mode: 'lines',
          name,
          x: edges.flatMap((e) => [e, e]),
          y: [0, ...heights.flatMap((h) => [h, h]), 0],
          line: { color, width: 2, simplify: false },
          fill: 'tozeroy',
          fillcolor: `${color}22`,
        };
  });
  return new Figure(
    { data, layout: { ...axes({ yTitle: show === 'count' ? 'count' : 'fraction', ...o }), bargap: 0 } },
    o,
  );
}

/** Options of {@link heatmap}. */
export interface HeatmapOptions extends AxisOptions {
  /** Rows of values, the first at the top. */
  values: readonly Numbers[];
  /** Names of columns and rows. */
  x?: readonly (string | number)[];
  y?: readonly (string | number)[];
  /** The values at the two ends of the colours; by default the least and the greatest. */
  range?: readonly [number, number];
  /** Colours from blue over white to red with 0 in the middle, for values of both signs. */
  diverging?: boolean;
  /** Writes each value into its field. */
  numbers?: boolean;
  /** What the colours mean, beside their scale. */
  valueTitle?: string;
}

/**
 * A table of values as colours.
 * @throws {RangeError} when rows differ in length
 */
export function heatmap({
  values,
  x,
  y,
  range,
  diverging = false,
  numbers = false,
  valueTitle,
  ...o
}: HeatmapOptions): Figure {
  for (const row of values)
    if (row.length !== values[0].length)
      throw new RangeError(`heatmap: values must be rows of ${values[0].length} numbers, got one of ${row.length}`);
  const extreme = diverging ? Math.max(...extent(values).map(Math.abs)) : 0;
  const [zmin, zmax] = range ?? (diverging ? [-extreme, extreme] : [undefined, undefined]);
  const trace = {
    type: 'heatmap',
    z: values,
    x,
    y,
    zmin,
    zmax,
    xgap: 1,
    ygap: 1,
    ...(diverging && {
      colorscale: [
        [0, '#0072B2'],
        [0.5, '#FFFFFF'],
        [1, '#D55E00'],
      ],
    }),
    ...(numbers && { texttemplate: '%{z:.3~g}' }),
    colorbar: { outlinewidth: 0, thickness: 14, title: { text: valueTitle ?? '', side: 'right' } },
  };
  const layout = axes(o);
  const clean = { showgrid: false, showline: false, ticks: '' };
  return new Figure(
    {
      data: [trace],
      layout: {
        ...layout,
        xaxis: { ...(layout.xaxis as object), ...clean },
        yaxis: { ...(layout.yaxis as object), ...clean, autorange: 'reversed' },
      },
    },
    o,
  );
}

/** The two axes of a chart as plotly wants them. */
function axes({ xTitle, yTitle, xRange, yRange, logX, logY }: AxisOptions): PlotlyLayout {
  const axis = (title?: string, range?: readonly [number, number], log?: boolean) => ({
    ...(title && { title: { text: title } }),
    ...(range && { range: log ? range.map(Math.log10) : range }),
    ...(log && { type: 'log', exponentformat: 'power' }),
  });
  return { xaxis: axis(xTitle, xRange, logX), yaxis: axis(yTitle, yRange, logY) };
}

/** The least and the greatest of all finite values, a little apart where they are the same. */
function extent(sets: readonly Numbers[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const set of sets) {
    for (let i = 0; i < set.length; i++) {
      if (!Number.isFinite(set[i])) continue;
      if (set[i] < low) low = set[i];
      if (set[i] > high) high = set[i];
    }
  }
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function isNumbers(values: unknown): values is Numbers {
  return Array.isArray(values) || ArrayBuffer.isView(values);
}

function isCurve(given: Numbers | Curve): given is Curve {
  return !isNumbers(given);
}
