import { plot, type Figure } from 'naive-diffusion';

const columns = 4;
const gap = { x: 0.062, y: 0.16 };

/** One panel for each attribute: how often (in percent) each true value was taken for each. */
export function confusionPicture(
  matrices: Record<string, { words: readonly string[]; counts: number[][]; share: number }>,
): Figure {
  const entries = Object.entries(matrices);
  const rows = Math.ceil(entries.length / columns);
  const layout: Record<string, unknown> = {};
  const annotations: object[] = [];
  const data = entries.map(([name, { words, counts, share }], i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const [width, height] = [(1 - gap.x * (columns - 1)) / columns, (1 - gap.y * (rows - 1)) / rows];
    const [left, top] = [column * (width + gap.x), 1 - row * (height + gap.y)];
    const clean = { showgrid: false, showline: false, ticks: '', type: 'category', tickfont: { size: 11 } };
    const id = i === 0 ? '' : String(i + 1);
    layout[`xaxis${id}`] = {
      ...clean,
      domain: [left, left + width],
      anchor: `y${id}`,
      tickangle: words.join('').length > 12 ? -40 : 0,
    };
    layout[`yaxis${id}`] = { ...clean, domain: [top - height, top], anchor: `x${id}`, autorange: 'reversed' };
    annotations.push({
      text: `<b>${name}</b> ${(100 * share).toFixed(2)} % right`,
      x: left + width / 2,
      y: top,
      xref: 'paper',
      yref: 'paper',
      xanchor: 'center',
      yanchor: 'bottom',
      showarrow: false,
      font: { size: 14 },
    });
    const percent = counts.map((line) => line.map((n) => (100 * n) / line.reduce((a, b) => a + b, 0)));
    return {
      type: 'heatmap',
      z: percent,
      x: words,
      y: words,
      xaxis: `x${id}`,
      yaxis: `y${id}`,
      zmin: 0,
      zmax: 100,
      xgap: 1,
      ygap: 1,
      showscale: false,
      colorscale: [
        [0, '#FFFFFF'],
        [0.05, '#CFE3F1'],
        [1, '#0072B2'],
      ],
      text: percent.map((line) =>
        line.map((p) => (p === 0 ? '' : p < 0.05 ? '<0.1' : p < 0.95 ? p.toFixed(1) : p.toFixed(0))),
      ),
      texttemplate: '%{text}',
      textfont: { size: words.length > 8 ? 9 : 11 },
    };
  });
  return plot(
    { data, layout: { ...layout, annotations, margin: { l: 76, r: 16, b: 60, t: 112 } } },
    {
      title: 'What the two classifiers mistake for what',
      width: 1320,
      height: 790,
      caption:
        'Each row is a true value, each column a prediction, in percent of the row. Images that the classifiers have not seen: the 10,000 test digits, and the 10,000 committed faces with all combinations of attributes, for the classifier of the faces was trained on others.',
    },
  );
}
