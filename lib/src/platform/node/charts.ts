import { optional } from './optional.js';

/** What draws curves on a canvas, which users who want to see them install. */
export function charts(): typeof import('chart.js') {
  return optional('chart.js', 'curves of a loss need');
}
