import { describe, expect, it } from 'vitest';
import { type EvaluationResult, loadResults, studentInterval } from 'naive-diffusion';
import { figureOf } from '../../scripts/sweep/figure.js';
import type { Point } from '../../scripts/sweep/points.js';

const [example] = await loadResults({ dataset: 'digits' });

/** A row with these variables, and this Fréchet distance and recall. */
function row(
  variables: Point['variables'],
  distance: number,
  recall = 0.5,
): { point: Point; result: EvaluationResult } {
  const { likeness, ...others } = example.evaluation;
  const frechet = { ...likeness.frechet, distance };
  const evaluation = { ...others, likeness: { ...likeness, frechet, recall } };
  const evaluate = { samples: 200, seed: 1, batch: 250, set: {}, randomness: false };
  const point = { name: JSON.stringify(variables), variables, recipe: 'naive-digits', asked: {}, usual: {}, evaluate };
  return { point, result: { ...example, evaluation } };
}

interface Trace {
  name?: string;
  mode: string;
  x: unknown[];
  y: number[];
  error_y?: { array: number[]; visible: boolean };
}
const traces = (figure: ReturnType<typeof figureOf>) => figure.json.data as unknown as Trace[];

describe('the figure of a sweep', () => {
  it('has means over seeds with their intervals, and each seed', () => {
    const rows = [
      ...[4, 6, 11].map((distance, seed) => row({ model: 'm', 'options.rate': 0.1, 'options.seed': seed }, distance)),
      ...[1, 2, 6].map((distance, seed) => row({ model: 'm', 'options.rate': 0.001, 'options.seed': seed }, distance)),
    ];
    const figure = figureOf(rows, { about: 'Rates' });
    const [mean, dots] = traces(figure);
    expect(mean).toMatchObject({ mode: 'lines+markers', x: [0.001, 0.1], y: [3, 7] });
    const widths = [
      [1, 2, 6],
      [4, 6, 11],
    ].map((values) => (studentInterval(values).high - studentInterval(values).low) / 2);
    mean.error_y!.array.forEach((width, i) => expect(width).toBeCloseTo(widths[i], 10));
    expect(mean.error_y!.visible).toBe(true);
    expect([dots.x, dots.y]).toEqual([
      [0.001, 0.001, 0.001, 0.1, 0.1, 0.1],
      [1, 2, 6, 4, 6, 11],
    ]);
    expect(figure.json.layout).toMatchObject({
      xaxis: { type: 'log', title: { text: 'rate' }, tickvals: [0.1, 0.001] },
      yaxis: { title: { text: 'Fréchet distance' } },
      showlegend: false,
    });
    expect(figure.json.layout.title).toMatchObject({ text: expect.stringContaining('Rates') as string });
    expect(JSON.stringify(figure.json.layout.title)).toContain('Means of 3 seeds with 95 % intervals');
  });

  it('counts each training once, however often it was sampled from', () => {
    const drawn = (training: number, sampling: number, distance: number) =>
      row({ model: 'm', 'options.seed': training, 'evaluate.seed': sampling }, distance);
    const nested = figureOf([drawn(1, 1, 1), drawn(1, 2, 3), drawn(2, 1, 8), drawn(2, 2, 10)], {
      about: 'Nested',
      figure: { over: 'model' },
    });
    const [line, dots] = traces(nested);
    expect(line.y).toEqual([5.5]);
    const { high } = studentInterval([2, 9]);
    expect(line.error_y!.array[0]).toBeCloseTo(high - 5.5, 10);
    expect(dots.y).toEqual([2, 9]);
    expect(JSON.stringify(nested.json.layout.title)).toContain('Means of 2 seeds');

    const once = figureOf([drawn(1, 1, 1), drawn(1, 2, 3)], { about: 'Sampled', figure: { over: 'model' } });
    expect(traces(once)[1].y).toEqual([1, 3]);
  });

  it('says of how many seeds it has means where some are missing, and marks what has no place on its axis', () => {
    const rate = { 'options.rate': 0.1 };
    const rows = [
      row({ model: 'a', ...rate, 'options.seed': 1 }, 4),
      row({ model: 'a', ...rate, 'options.seed': 2 }, 6),
      row({ model: 'a' }, 3),
    ];
    const figure = figureOf(rows, { about: 'Some', figure: { over: 'options.rate' } });
    expect(JSON.stringify(figure.json.layout.title)).toContain('Means of 1 to 2 seeds');
    expect(traces(figure)[0]).toMatchObject({ x: [0.1, 'none'], y: [5, 3] });
    expect(figure.json.layout.xaxis).toMatchObject({ type: 'category' });
  });

  it('has a curve for each combination of what else was swept, over what the sweep names', () => {
    const rows = [1, 2].flatMap((width) =>
      [10, 20].map((steps) => row({ model: 'm', steps, 'options.width': width }, 0, steps / width)),
    );
    const figure = figureOf(rows, { about: 'Widths', figure: { over: 'steps', measure: 'recall' } });
    const curves = traces(figure).filter(({ name }) => name !== undefined);
    expect(curves.map(({ name, x, y }) => [name, x, y])).toEqual([
      ['width 1', [10, 20], [10, 20]],
      ['width 2', [10, 20], [5, 10]],
    ]);
    expect(curves.map(({ error_y }) => error_y!.visible)).toEqual([false, false]);
    expect(JSON.stringify(figure.json.layout.title)).toContain('A single seed for each point.');
  });

  it('has a place for each model where only models differ, and one for each seed where only these do', () => {
    const models = figureOf([row({ model: 'a' }, 2), row({ model: 'b' }, 1)], { about: 'Models' });
    expect(traces(models)[0]).toMatchObject({ mode: 'markers', x: ['a', 'b'], y: [2, 1] });
    expect(models.json.layout.xaxis).toMatchObject({ type: 'category' });
    const seeds = figureOf(
      [1, 2].map((seed) => row({ model: 'a', 'options.seed': seed }, seed)),
      { about: 'Seeds' },
    );
    expect(traces(seeds)[0]).toMatchObject({ x: [1, 2], y: [1, 2] });
  });
});
