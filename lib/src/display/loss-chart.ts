import { createCanvas } from '#platform/canvas.js';
import { charts } from '#platform/charts.js';
import type { Canvas } from '../platform/types.js';
import { CANVAS_FAMILY, INK, loadFont, colourCycle } from './theme.js';

/** Options of {@link drawLossChart}. */
export interface LossChartOptions {
  width: number;
  height: number;
  /** The right end of the axis: the steps that there will be. */
  steps: number;
  /** A logarithmic loss axis. */
  logY?: boolean;
}

const BINS = 240;

/**
 * The loss against the step: the mean of each short stretch of steps as a faint line, and a running average over them.
 */
export function drawLossChart(
  points: readonly { step: number; loss: number }[],
  { width, height, steps, logY = false }: LossChartOptions,
): Canvas {
  const { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement } = charts();
  Chart.register(LinearScale, LogarithmicScale, LineController, LineElement, PointElement);
  loadFont();
  const canvas = createCanvas(width, height);
  const raw = thin(points);
  const font = { family: CANVAS_FAMILY, size: 12 };
  const ticks = { color: INK.muted, font };
  const grid = { color: INK.faint, tickColor: INK.line };
  const chart = new Chart(canvas as never, {
    type: 'line',
    data: {
      datasets: [
        { data: smooth(raw), borderColor: colourCycle[0], borderWidth: 2, pointRadius: raw.length === 1 ? 2 : 0 },
        { data: raw, borderColor: `${colourCycle[0]}50`, borderWidth: 1, pointRadius: 0 },
      ],
    },
    options: {
      animation: false,
      responsive: false,
      devicePixelRatio: 1,
      parsing: false,
      normalized: true,
      events: [],
      layout: { padding: { right: 12, top: 8 } },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: steps,
          grid,
          border: { color: INK.line },
          ticks: { ...ticks, maxTicksLimit: 7, maxRotation: 0 },
          title: { display: true, text: 'step', color: INK.muted, font },
        },
        y: {
          type: logY ? 'logarithmic' : 'linear',
          grid,
          border: { color: INK.line },
          ticks: { ...ticks, maxTicksLimit: 6 },
          title: { display: true, text: 'loss', color: INK.muted, font },
          ...upper(raw),
        },
      },
    },
  });
  const drawn = createCanvas(width, height);
  drawn.getContext('2d').drawImage(canvas, 0, 0);
  chart.destroy(); // which wipes its own canvas
  return drawn;
}

/** At most {@link BINS} points: the mean of each stretch of steps. */
export function thin(points: readonly { step: number; loss: number }[], bins = BINS): { x: number; y: number }[] {
  const size = Math.max(1, Math.ceil(points.length / bins));
  const out: { x: number; y: number }[] = [];
  for (let i = 0; i < points.length; i += size) {
    const stretch = points.slice(i, i + size);
    const mean = stretch.reduce((sum, { loss }) => sum + loss, 0) / stretch.length;
    out.push({ x: stretch[stretch.length - 1].step, y: mean });
  }
  return out;
}

/** The average over the last tenth of the points so far: a steady line through noisy losses. */
function smooth(points: { x: number; y: number }[]): { x: number; y: number }[] {
  return points.map(({ x }, i) => {
    const from = Math.max(0, i - Math.max(3, Math.floor(i / 10)));
    let sum = 0;
    for (let j = from; j <= i; j++) sum += points[j].y;
    return { x, y: sum / (i - from + 1) };
  });
}

/** Cuts the first few losses off at the top where they are far above all others, so that the rest can be seen. */
function upper(points: { y: number }[]): { max?: number } {
  if (points.length < 20) return {};
  const sorted = points.map(({ y }) => y).sort((a, b) => a - b);
  const high = sorted[Math.floor(0.97 * sorted.length)];
  return sorted[sorted.length - 1] > 2.5 * high ? { max: Number((1.5 * high).toPrecision(2)) } : {};
}
