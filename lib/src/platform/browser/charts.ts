import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement } from 'chart.js';

/** What is used of chart.js. */
type Charts = Pick<
  typeof import('chart.js'),
  'Chart' | 'LinearScale' | 'LineController' | 'LineElement' | 'LogarithmicScale' | 'PointElement'
>;

/** What draws curves on a canvas. */
export function charts(): Charts {
  return { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement };
}
