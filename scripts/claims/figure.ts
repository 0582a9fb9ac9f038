// What a plotly figure in a notebook's outputs shows.
import { numbersIn } from './numbers.js';

interface Trace {
  name?: string;
  orientation?: string;
  x?: (number | string | null)[];
  y?: (number | string | null)[];
}

export interface PlotlyFigure {
  data: Trace[];
  layout: { title?: { text?: string } };
}

export class Figure {
  /** Title and caption as one line of plain text. */
  readonly words: string;

  constructor(private readonly figure: PlotlyFigure) {
    this.words = plain(figure.layout.title?.text ?? '');
  }

  /** A number in the caption: the first one after a phrase, if not told otherwise. @throws Error if there is none */
  number(phrase: string, index = 0): number {
    const at = this.words.indexOf(phrase);
    const value = at < 0 ? undefined : numbersIn(this.words.slice(at + phrase.length))[index];
    if (value === undefined) throw new Error(`no number ${index + 1} after "${phrase}" in "${this.words}"`);
    return value;
  }

  /** The y values of a trace, of the only one without a name. @throws Error if there is no such trace */
  y(name?: string): number[] {
    return (this.trace(name).y ?? []).map(Number);
  }

  /** The x values of a trace. @throws Error if there is no such trace */
  x(name?: string): number[] {
    return (this.trace(name).x ?? []).map(Number);
  }

  /** The value of a trace at a place on its axis, of a bar at its label. @throws Error if there is none there */
  at(place: number | string, name?: string): number {
    const { x = [], y = [], orientation } = this.trace(name);
    const [places, values] = orientation === 'h' ? [y, x] : [x, y];
    const value = values[places.indexOf(place)];
    if (value === undefined || value === null)
      throw new Error(`"${this.words}" has nothing at ${place}; there are ${places.slice(0, 12).join(', ')}`);
    return Number(value);
  }

  private trace(name?: string): Trace {
    const named = this.figure.data.filter((trace) => name === undefined || trace.name === name);
    if (named.length === 0 || (name !== undefined && named.length > 1)) {
      const names = this.figure.data.map((trace) => trace.name).join(', ');
      throw new Error(`"${this.words}" has ${named.length} traces "${name}"; there are ${names}`);
    }
    return named[0];
  }
}

function plain(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ')
    .trim();
}
