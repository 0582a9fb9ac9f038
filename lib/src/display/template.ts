import { FONT, INK, VIRIDIS, colourCycle } from './theme.js';

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

/** Viridis as plotly takes it. */
const SCALE = VIRIDIS.map((color, i) => [i / 9, color]);

/** The look of every figure, as a plotly template: what a figure says itself takes precedence. */
export const TEMPLATE = {
  layout: {
    font: { family: `${FONT}, "Helvetica Neue", Arial, sans-serif`, size: 13, color: INK.text },
    colorway: [...colourCycle],
    // plotly takes the second one for values below 0
    colorscale: { sequential: SCALE, sequentialminus: SCALE },
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
