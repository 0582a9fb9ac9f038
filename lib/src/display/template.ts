import { FONT, INK, colourCycle } from './theme.js';

/** Width and height of a figure, where the caller does not say. */
export const FIGURE_SIZE = { width: 700, height: 400 } as const;

const axis = {
  automargin: true,
  gridcolor: INK.faint,
  linecolor: INK.line,
  showline: true,
  tickcolor: INK.line,
  ticks: 'outside',
  ticklen: 4,
  title: { standoff: 10, font: { size: 13 } },
  zeroline: false,
};

/** Viridis, sampled at ten places: equal steps of the value are equal steps to the eye. */
const VIRIDIS = [
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725',
].map((color, i) => [i / 9, color]);

/** The look of every figure, as a plotly template: what a figure says itself takes precedence. */
export const TEMPLATE = {
  layout: {
    font: { family: `${FONT}, "Helvetica Neue", Arial, sans-serif`, size: 13, color: INK.text },
    colorway: [...colourCycle],
    // plotly takes the second one for values below 0
    colorscale: { sequential: VIRIDIS, sequentialminus: VIRIDIS },
    paper_bgcolor: INK.paper,
    plot_bgcolor: INK.paper,
    title: { x: 0, xref: 'container', xanchor: 'left', y: 1, yref: 'container', yanchor: 'top', font: { size: 16 } },
    xaxis: axis,
    yaxis: axis,
    legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.01, yanchor: 'bottom', font: { size: 13 } },
    hoverlabel: { font: { family: FONT, size: 12 } },
    bargap: 0.15,
  },
} as const;
