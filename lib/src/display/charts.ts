import { checkNumbers, checkWhole } from '../check.js';
import { Figure, type FigureOptions, type PlotlyLayout } from './figure.js';
import { colourCycle } from './theme.js';

/** Numbers, in any kind of array. */
export type Numbers = ArrayLike<number>;

/** Numbers, in any kind of array, among which null leaves a gap. */
export type Heights = ArrayLike<number | null>;

/** One curve with positions of its own, or a look of its own. */
export interface Curve {
  x?: Numbers;
  y: Heights;
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
  series: Record<string, Heights | Curve>;
  mode?: Curve['mode'];
}

/**
 * Curves over a common axis.
 * @throws {TypeError} when `series` holds no numbers
 * @throws {RangeError} when a curve has not as many heights as positions, when a number is NaN or infinite, or when one
 * on a logarithmic axis is not above 0
 */
export function lineChart(options: LineChartOptions): Figure {
  const { x, series, mode = 'lines', ...o } = options ?? {};
  checkSeries('lineChart', series, isHeights);
  checkNumbers('lineChart', options, '');
  const data = Object.entries(series).map(([name, given], i) => {
    const curve: Curve = isCurve(given) ? given : { y: given };
    if (o.logX) checkPositive('lineChart', curve.x ?? x ?? [], curve.x ? `series.${name}.x` : 'x');
    if (o.logY) checkPositive('lineChart', curve.y, `series.${name}`);
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
      line: {
        width: 2,
        color: curve.color ?? colourCycle[i % colourCycle.length],
        ...(curve.dash && { dash: curve.dash }),
      },
      marker: { size: 6, color: curve.color ?? colourCycle[i % colourCycle.length] },
    };
  });
  const { xaxis, yaxis } = axes('lineChart', o);
  const across = data.map((curve) => curve.x);
  const upwards = data.map((curve) => curve.y);
  const layout = {
    xaxis: o.logX ? marked(xaxis, o.xRange ? [o.xRange] : across) : xaxis,
    yaxis: o.logY ? marked(yaxis, o.yRange ? [o.yRange] : upwards) : yaxis,
  };
  return new Figure({ data, layout }, o);
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
 * @throws {TypeError} when `labels` or `series` is missing
 * @throws {RangeError} when a series has not one number for each label, or when a number is NaN or infinite
 */
export function barChart(options: BarChartOptions): Figure {
  const { labels, series, horizontal = false, ...o } = options ?? {};
  if (!Array.isArray(labels)) throw new TypeError(`barChart: labels must be an array of names, got ${typeof labels}`);
  checkSeries('barChart', series, isNumbers);
  checkNumbers('barChart', options, '');
  const names = labels.map(String);
  const data = Object.entries(series).map(([name, heights], i) => {
    if (heights.length !== names.length)
      throw new RangeError(
        `barChart: series '${name}' must have ${names.length} numbers, one for each label, got ${heights.length}`,
      );
    const marker = { color: colourCycle[i % colourCycle.length] };
    return horizontal
      ? { type: 'bar', name, orientation: 'h', x: heights, y: names, marker }
      : { type: 'bar', name, x: names, y: heights, marker };
  });
  const layout = axes('barChart', o);
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
 * @throws {TypeError} when `values` holds no numbers
 * @throws {RangeError} when a set is empty, when a number is NaN or infinite, or an option is out of range
 */
export function histogram(options: HistogramOptions): Figure {
  const { values, bins = 40, range, show = 'fraction', ...o } = options ?? {};
  if (!isNumbers(values)) checkSeries('histogram', values, isNumbers, 'values');
  checkNumbers('histogram', options, '');
  const sets: [string, Numbers][] = isNumbers(values) ? [['values', values]] : Object.entries(values);
  checkWhole('histogram', 'bins', bins);
  for (const [name, set] of sets)
    if (set.length === 0) throw new RangeError(`histogram: values must hold numbers, got none for ${name}`);
  const [low, high] = range ?? extent(sets.map(([, v]) => v));
  if (!(low < high))
    throw new RangeError(`histogram: range must be two finite numbers in rising order, got ${low} and ${high}`);
  const width = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + i * width);
  const data = sets.map(([name, set], i) => {
    const counts = new Array<number>(bins).fill(0);
    for (let j = 0; j < set.length; j++) counts[Math.min(bins - 1, Math.max(0, Math.floor((set[j] - low) / width)))]++;
    const heights = show === 'count' ? counts : counts.map((c) => c / set.length);
    const color = colourCycle[i % colourCycle.length];
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
    { data, layout: { ...axes('histogram', { yTitle: show === 'count' ? 'count' : 'fraction', ...o }), bargap: 0 } },
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
 * @throws {TypeError} when `values` holds no rows of numbers
 * @throws {RangeError} when rows differ in length, or when a number is NaN or infinite
 */
export function heatmap(options: HeatmapOptions): Figure {
  const { values, x, y, range, diverging = false, numbers = false, valueTitle, ...o } = options ?? {};
  if (!Array.isArray(values) || values.length === 0 || !values.every(isNumbers))
    throw new TypeError(`heatmap: values must be an array of rows of numbers, got ${typeof values}`);
  checkNumbers('heatmap', options, '');
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
  const layout = axes('heatmap', o);
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
function axes(caller: string, { xTitle, yTitle, xRange, yRange, logX, logY }: AxisOptions): PlotlyLayout {
  if (logX && xRange) checkPositive(caller, xRange, 'xRange');
  if (logY && yRange) checkPositive(caller, yRange, 'yRange');
  const axis = (title?: string, range?: readonly [number, number], log?: boolean) => ({
    ...(title && { title: { text: title } }),
    ...(range && { range: log ? range.map(Math.log10) : range }),
    ...(log && { type: 'log', exponentformat: 'power' }),
  });
  return { xaxis: axis(xTitle, xRange, logX), yaxis: axis(yTitle, yRange, logY) };
}

/** A logarithmic axis, marked at powers of ten alone where there are at least two of them to see. */
function marked(axis: unknown, sets: readonly Heights[]): object {
  let low = Infinity;
  let high = 0;
  for (const set of sets) {
    for (let i = 0; i < set.length; i++) {
      const value = set[i];
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const powers = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low)) + 1;
  return { ...(axis as object), ...(powers >= 2 && { dtick: 1 }) };
}

/** The least and the greatest of all values, a little apart where they are the same. */
function extent(sets: readonly Numbers[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const set of sets) {
    for (let i = 0; i < set.length; i++) {
      if (set[i] < low) low = set[i];
      if (set[i] > high) high = set[i];
    }
  }
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A logarithmic axis has no place for what is not above 0, and plotly would leave it out without a word. */
function checkPositive(caller: string, values: Heights, name: string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== null && !(value > 0))
      throw new RangeError(`${caller}: ${name} must be above 0 on a logarithmic axis, got ${value} at position ${i}`);
  }
}

/** Throws unless `series` holds sets of numbers by name. */
function checkSeries(caller: string, series: unknown, fits: (set: unknown) => boolean, name = 'series'): void {
  if (typeof series !== 'object' || series === null || Array.isArray(series))
    throw new TypeError(
      `${caller}: ${name} must hold arrays of numbers by name, got ${series === null ? 'null' : typeof series}`,
    );
  for (const [key, set] of Object.entries(series)) {
    if (!fits(set)) throw new TypeError(`${caller}: ${name}.${key} must be an array of numbers`);
  }
}

function isNumbers(values: unknown): values is Numbers {
  return ArrayBuffer.isView(values) || (Array.isArray(values) && values.every((value) => typeof value === 'number'));
}

/** A curve, or its heights. */
function isHeights(given: unknown): boolean {
  const heights = isCurve(given as Curve) ? (given as Curve | null)?.y : given;
  return (
    ArrayBuffer.isView(heights) ||
    (Array.isArray(heights) && heights.every((value) => value === null || typeof value === 'number'))
  );
}

function isCurve(given: Heights | Curve): given is Curve {
  return !Array.isArray(given) && !ArrayBuffer.isView(given);
}
