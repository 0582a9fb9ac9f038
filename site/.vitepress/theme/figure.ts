/** Draws the figures of the chapters, with a plotly that is fetched when the first of them comes into view. */
import { narrowed, type Head, type Saved } from './narrow';

export interface Drawn {
  /** Takes the figure away, and stops following the width of its column. */
  remove(): void;
}

/**
 * Draws a figure into an element, and anew whenever the width of the element's column changes.
 * @param onHead gets the headline that the page is to show itself; it is empty where the figure shows its own
 * @throws {Error} when plotly cannot be fetched
 */
export async function drawFigure(
  box: HTMLElement,
  saved: Saved | Promise<Saved>,
  onHead: (head: Head) => void,
): Promise<Drawn> {
  const [{ default: Plotly }, figure] = await Promise.all([import('plotly.js-cartesian-dist-min'), saved]);
  const column = box.parentElement!;
  let width = 0;
  const draw = async () => {
    const room = column.clientWidth;
    if (room === width || room === 0) return;
    width = room;
    const fitting = narrowed(figure, width);
    onHead(fitting.head);
    await Plotly.newPlot(box, fitting.figure);
  };
  await draw();
  const follow = new ResizeObserver(() => void draw());
  follow.observe(column);
  return {
    remove() {
      follow.disconnect();
      Plotly.purge(box);
    },
  };
}

/**
 * Fetches the file of a figure.
 * @throws {Error} naming it, when the site does not have it
 */
export async function fetchFigure(source: string): Promise<Saved> {
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${source}: ${response.status} ${response.statusText}`);
  return (await response.json()) as Saved;
}
