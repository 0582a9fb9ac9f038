import type { DrawingOptions } from '../types.js';
import { environment } from './environment.js';
import { absolute } from './files.js';

/** What is used of plotly.js. */
interface Plotly {
  toImage(figure: object, o: { format: 'png'; scale: number; width?: number; height?: number }): Promise<string>;
}

/** What gives a web page plotly.js: the file that `NAIVE_DIFFUSION_PLOTLY` names, else `plotly.min.js` beside it. */
export function plotlyElement(): string {
  return `<script src="${absolute(environment('NAIVE_DIFFUSION_PLOTLY') || 'plotly.min.js')}"></script>`;
}

/**
 * Draws plotly figures as PNG files' bytes, with the page's own plotly.js.
 * @throws {Error} when the page has none
 */
export async function drawFigures(
  figures: readonly object[],
  { scale = 1, caller = 'Figure.save' }: DrawingOptions,
): Promise<Uint8Array[]> {
  const { Plotly } = globalThis as { Plotly?: Plotly };
  if (!Plotly)
    throw new Error(`${caller}: this page has no plotly.js to draw figures with; save them as .html, or load it first`);
  const drawn: Uint8Array[] = [];
  for (const figure of figures) {
    const { layout } = figure as { layout?: { width?: number; height?: number } };
    const { width, height } = layout ?? {};
    const address = await Plotly.toImage(figure, { format: 'png', scale, width, height });
    drawn.push(Uint8Array.from(atob(address.split(',')[1]), (letter) => letter.charCodeAt(0)));
  }
  return drawn;
}
