import { colourCycle, type EvaluationResult, type Figure, plot, studentInterval } from 'naive-diffusion';
import { measures } from './measures.ts';
import { type Point, sweptIn, wordFor } from './points.ts';
import type { Sweep } from './sweep.ts';

/** Where repetitions differ: what is shown is their mean. */
const seeds = ['options.seed', 'evaluate.seed'];

/** A curve: at each of its places the values of all seeds, those of one training beside each other. */
type Curve = Map<string | number, Map<unknown, number[]>>;

/**
 * What a sweep has found, over one of the things that it has swept; a curve for each combination of the others.
 * @param rows of which points answers are there
 */
export function figureOf(rows: readonly { point: Point; result: EvaluationResult }[], sweep: Sweep): Figure {
  const { about, figure: { over, measure = 'Fréchet distance' } = {} } = sweep;
  const points = rows.map(({ point }) => point);
  const swept = sweptIn(points).filter((place) => !seeds.includes(place));
  const across = over ?? axisFor(points, swept);
  const others = swept.filter((place) => place !== across);
  const curves: Record<string, Curve> = {};
  for (const { point, result } of rows) {
    const { variables } = point;
    const parts = others.filter((place) => place in variables);
    const name = parts.map((place) => labelOf(place, variables[place])).join(', ');
    const curve = (curves[name] ??= new Map());
    const x = variables[across] ?? 'none';
    const place = typeof x === 'number' ? x : String(x);
    const trainings = curve.get(place) ?? new Map<unknown, number[]>();
    curve.set(place, trainings);
    const seed = variables['options.seed'];
    trainings.set(seed, [...(trainings.get(seed) ?? []), measures[measure](result)]);
  }
  const values = Object.values(curves).flatMap((curve) => [...curve.values()].map(repetitions));
  const places = Object.values(curves).flatMap((curve) => [...curve.keys()]);
  const layout = {
    xaxis: { title: { text: wordFor(across) }, ...axisOf(places) },
    yaxis: { title: { text: measure }, rangemode: 'tozero' },
    showlegend: Object.keys(curves).length > 1,
  };
  const caption = captionFor(values.map(({ length }) => length));
  return plot({ data: Object.entries(curves).flatMap(traces), layout }, { title: about, caption });
}

/**
 * What repetitions of a point have given, one number for each: of several trainings, each counts once, with the mean
 * over its samplings, since these say nothing of how much trainings differ.
 */
function repetitions(trainings: ReadonlyMap<unknown, readonly number[]>): number[] {
  const each = [...trainings.values()];
  return each.length > 1 ? each.map(mean) : [...each[0]];
}

/** What the marks are, of points with so many seeds each. */
function captionFor(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'A single seed for each point.';
  const seeds = least === most ? String(most) : `${least} to ${most}`;
  return `Means of ${seeds} seeds with 95 % intervals (Student's t); small dots are single seeds.`;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The means of a curve with their intervals, and each value. */
function traces([name, curve]: [string, Curve], i: number): object[] {
  const places = [...curve]
    .map(([x, trainings]) => [x, repetitions(trainings)] as const)
    .sort(([a], [b]) => (typeof a === 'number' && typeof b === 'number' ? a - b : 0));
  const color = colourCycle[i % colourCycle.length];
  const means = places.map(([, values]) => mean(values));
  const widths = places.map(([, values], j) => (values.length > 1 ? studentInterval(values).high - means[j] : 0));
  const isNumber = places.every(([x]) => typeof x === 'number');
  const line = {
    type: 'scatter',
    name,
    mode: isNumber ? 'lines+markers' : 'markers',
    x: places.map(([x]) => x),
    y: means,
    error_y: { type: 'data', array: widths, visible: widths.some((width) => width > 0) },
    line: { color },
    marker: { color, size: 8 },
  };
  const single = places.flatMap(([x, values]) => (values.length > 1 ? values.map((y) => ({ x, y })) : []));
  const dots = {
    type: 'scatter',
    mode: 'markers',
    x: single.map(({ x }) => x),
    y: single.map(({ y }) => y),
    marker: { color, size: 4, opacity: 0.6 },
    showlegend: false,
  };
  return [line, dots];
}

/** What takes most values, numbers before words; the seed where nothing else is swept. */
function axisFor(points: readonly Point[], swept: readonly string[]): string {
  const weight = (place: string) => {
    const values = new Set(points.map(({ variables }) => variables[place]));
    return values.size + (typeof points[0].variables[place] === 'number' ? 1000 : 0);
  };
  return (
    [...swept].sort((a, b) => weight(b) - weight(a))[0] ??
    seeds.find((place) => sweptIn(points).includes(place)) ??
    'model'
  );
}

/** A logarithmic axis for numbers that lie far apart, each of which is marked. */
function axisOf(places: readonly (string | number)[]): object {
  const numbers = places.filter((place) => typeof place === 'number');
  if (numbers.length < places.length) return { type: 'category' };
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const tickvals = [...new Set(numbers)];
  const ticks = tickvals.length <= 12 ? { tickvals, ticktext: tickvals.map(String) } : {};
  return { ...ticks, ...(least > 0 && most / least >= 8 && { type: 'log' }) };
}

/** A value in a legend: a name by itself, a number with what it is. */
function labelOf(place: string, value: unknown): string {
  return place === 'model' ? String(value) : `${wordFor(place)} ${String(value)}`;
}
