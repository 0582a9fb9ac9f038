/** Draws the figures of the chapters, with a plotly that is fetched when the first of them comes into view. */
import { narrowed, type Head, type Saved } from './narrow';

export interface Drawn {
  /** Takes the figure away, and stops following the width of its column. */
  remove(): void;
}

/**
 * Draws the figure of a file into an element, and anew whenever the width of the element's column changes.
 * @param onHead gets the headline that the page is to show itself; it is empty where the figure shows its own
 * @throws {Error} when the file or plotly cannot be fetched
 */
export async function drawFigure(box: HTMLElement, source: string, onHead: (head: Head) => void): Promise<Drawn> {
  const [{ default: Plotly }, saved] = await Promise.all([import('plotly.js-cartesian-dist-min'), fetchFigure(source)]);
  const column = box.parentElement!;
  let width = 0;
  const draw = async () => {
    if (column.clientWidth === width) return;
    width = column.clientWidth;
    const { figure, head } = narrowed(saved, width);
    onHead(head);
    await Plotly.newPlot(box, figure);
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

async function fetchFigure(source: string): Promise<Saved> {
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${source}: ${response.status} ${response.statusText}`);
  return (await response.json()) as Saved;
}
