/** What a cell shows while it runs, as elements of the page. */
import type { Fault } from '../../../run/protocol';
import { drawFigure, type Drawn } from '../figure';
import type { Saved } from '../narrow';
import type { Listener } from './session';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** The place below a cell where its outputs appear. */
export class Outputs implements Listener {
  readonly element = document.createElement('div');
  readonly #named = new Map<string, HTMLElement>();
  /** What draws the figures that stand in the page. */
  readonly #figures = new Map<HTMLElement, Drawn>();
  #stream?: HTMLElement;

  constructor() {
    this.element.className = 'outputs fresh';
  }

  /** Takes all of them away. */
  clear(): void {
    for (const drawn of this.#figures.values()) drawn.remove();
    this.#figures.clear();
    this.element.replaceChildren();
    this.#named.clear();
    this.#stream = undefined;
  }

  printed(name: 'stdout' | 'stderr', text: string): void {
    if (this.#stream?.className !== name) {
      this.#stream = document.createElement('pre');
      this.#stream.className = name;
      this.element.append(this.#stream);
    }
    this.#stream.append(text);
  }

  shown(data: Record<string, unknown>, id: string | undefined, update: boolean): void {
    this.#stream = undefined;
    const made = this.#made(data);
    const old = id === undefined ? undefined : this.#named.get(id);
    if (update && old) {
      this.#figures.get(old)?.remove();
      this.#figures.delete(old);
      old.replaceWith(made);
    } else this.element.append(made);
    if (id !== undefined) this.#named.set(id, made);
  }

  /** Says what went wrong, and returns what says so. */
  failed({ name, message, line }: Fault): HTMLElement {
    this.#stream = undefined;
    const place = line === undefined ? '' : ` (line ${line})`;
    const said = fault(`${name}${place}: `, message);
    this.element.append(said);
    return said;
  }

  #made(data: Record<string, unknown>): HTMLElement {
    const text = (type: string) => (data[type] as string | undefined) ?? '';
    const plain = text('text/plain');
    if (data[PLOTLY]) return this.#figure(data[PLOTLY] as Saved);
    if (data['image/png']) return picture(`data:image/png;base64,${text('image/png')}`, plain);
    if (data['image/gif']) return picture(`data:image/gif;base64,${text('image/gif')}`, plain);
    if (data['text/html']) {
      const box = element('div', 'html');
      box.innerHTML = text('text/html');
      return box;
    }
    if (data['text/markdown']) return markdown(text('text/markdown'));
    const pre = element('pre', 'stdout');
    pre.textContent = plain;
    return pre;
  }

  #figure(saved: Saved): HTMLElement {
    const figure = element('figure', 'plotly live');
    figure.style.minHeight = `${saved.layout.height}px`;
    const caption = document.createElement('figcaption');
    const box = element('div', 'plot');
    figure.append(box);
    figure.style.width = '100%';
    // Once it stands in the page, and so has a width.
    requestAnimationFrame(() => {
      drawFigure(box, saved, ({ title, text }) => {
        caption.replaceChildren(...(title ? [strong(title)] : []), ...(text ? [text] : []));
        if (title || text) figure.prepend(caption);
        else figure.style.width = '';
      }).then(
        (drawn) => {
          if (figure.isConnected) this.#figures.set(figure, drawn);
          else drawn.remove(); // taken away while plotly was being fetched
          figure.style.minHeight = '';
        },
        (error: Error) => {
          figure.style.minHeight = '';
          figure.replaceChildren(fault('The figure cannot be drawn: ', error.message));
        },
      );
    });
    return figure;
  }
}

function fault(what: string, message: string): HTMLElement {
  const pre = element('pre', 'fault');
  pre.append(strong(what), message);
  return pre;
}

function picture(source: string, alt: string): HTMLElement {
  const figure = element('figure', 'picture');
  const image = document.createElement('img');
  image.src = source;
  image.alt = alt;
  figure.append(image);
  return figure;
}

function markdown(text: string): HTMLElement {
  const box = element('div', 'said');
  box.textContent = text; // stays, where the program that sets it cannot be fetched
  import('markdown-it').then(
    ({ default: MarkdownIt }) => {
      box.innerHTML = new MarkdownIt().render(text);
    },
    () => {},
  );
  return box;
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function strong(text: string): HTMLElement {
  const made = document.createElement('b');
  made.textContent = text;
  return made;
}
