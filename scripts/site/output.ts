/** What a cell has shown, as HTML. */
import { type Output, text } from '../chapters/notebook.ts';

/** Where outputs go that are files of their own. */
export interface Shelf {
  /** Keeps some bytes and returns the address at which pages find them. */
  put(bytes: Uint8Array, ending: string): string;
}

const PLOTLY = 'application/vnd.plotly.v1+json';

/**
 * An output as a piece of HTML for a page in Markdown: pictures, sounds and figures become files.
 * @param titles what the cell calls its figures; each picture takes the first that is left
 * @throws {Error} when it has no form that a page can show
 */
export function outputHtml(output: Output, titles: string[], shelf: Shelf): string {
  if (output.output_type === 'stream') return streamHtml(text(output.text), output.name);
  if (output.output_type === 'error') throw new Error(`the cell failed: ${output.ename}: ${output.evalue}`);
  const data = output.data ?? {};
  const form = (type: string) => text(data[type] as string | string[] | undefined);
  const plain = form('text/plain');
  if (data[PLOTLY]) return figureHtml(data[PLOTLY] as PlotlyJson, form('image/png'), plain, titles, shelf);
  if (form('image/png')) return pictureHtml(form('image/png'), plain, titles, shelf);
  if (form('text/html')) {
    titles.shift(); // a player's own, where it has one
    return soundsApart(form('text/html'), shelf);
  }
  if (form('text/markdown')) return `<div class="said">\n\n${form('text/markdown').trim()}\n\n</div>`;
  if (plain) return streamHtml(plain);
  throw new Error(`an output has no form that a page can show, only ${Object.keys(data).join(', ') || 'nothing'}`);
}

/** Text as it was printed. */
function streamHtml(printed: string, name = 'stdout'): string {
  return `<pre v-pre class="${name}">${escapeHtml(printed.trimEnd())}</pre>`;
}

function pictureHtml(png: string, plain: string, titles: string[], shelf: Shelf): string {
  const bytes = Buffer.from(png, 'base64');
  const { width, height } = sizeOf(bytes);
  const title = /^\[picture/.test(plain) ? titles.shift() : undefined;
  const alt = escapeHtml(title ?? plain);
  const file = shelf.put(bytes, '.png');
  return (
    `<figure v-pre class="picture"><a href="${file}" target="_blank" title="Full size">` +
    `<img src="${file}" alt="${alt}" width="${width}" height="${height}" loading="lazy"></a></figure>`
  );
}

interface PlotlyJson {
  layout: { width: number; height: number };
}

/** A figure's picture, which the component of that name replaces by the figure itself once it comes into view. */
function figureHtml(json: PlotlyJson, png: string, plain: string, titles: string[], shelf: Shelf): string {
  titles.shift(); // it says its own, computed parts and all
  const { width, height } = json.layout;
  const alt = escapeHtml(plain.replace(/^\[(?:figure: )?(.*)\]$/s, '$1'));
  const source = shelf.put(Buffer.from(JSON.stringify(json)), '.json');
  const picture = shelf.put(Buffer.from(png, 'base64'), '.png');
  return `<PlotlyFigure source="${source}" picture="${picture}" alt="${alt}" :width="${width}" :height="${height}" />`;
}

const SOUND = /src="data:audio\/wav;base64,([^"]+)"/g;

/** HTML whose sounds are files, fetched when somebody plays them. */
function soundsApart(html: string, shelf: Shelf): string {
  const apart = html.replace(SOUND, (_, wav: string) => {
    return `preload="none" src="${shelf.put(Buffer.from(wav, 'base64'), '.wav')}"`;
  });
  // A blank line would end the HTML and begin Markdown.
  return `<div v-pre class="html">${apart.replaceAll(/\n\s*\n/g, '\n').trim()}</div>`;
}

/** Width and height of a PNG in pixels, from its first chunk. */
function sizeOf(png: Buffer): { width: number; height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

/** Text for HTML, in elements and in attributes. */
export function escapeHtml(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
