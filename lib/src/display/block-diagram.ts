import { checkNumbers, checkPositive, checkWhole } from '../check.js';
import { Figure, type FigureOptions } from './figure.js';
import { colourCycle, INK } from './theme.js';

/** A feature map in a {@link blockDiagram}. */
export interface Block {
  /** What made it: `down1.mix`. No two blocks have the same. */
  name: string;
  /** Height and width, in pixels. */
  side: number;
  channels: number;
  /** How many channels its layer is told beside the block before it: t and coordinates, for example. */
  planes?: number;
}

/** What goes around the layers between two blocks. */
export interface Skip {
  /** The names of two blocks. */
  from: string;
  to: string;
  /** What is done with it there, in a word. */
  text?: string;
}

/** Options of {@link blockDiagram}. */
export interface BlockDiagramOptions extends FigureOptions {
  /** The feature maps, in the order in which they are made; the first is the input. */
  blocks: readonly Block[];
  skips?: readonly Skip[];
}

/** A block in its place. */
interface Placed extends Block {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Room between neighbours, in the units of the drawing: the largest side is 32 of them. */
const GAP = { beside: 5.5, below: 8, strip: 1.6 } as const;
const COLOUR = { block: colourCycle[5], strip: colourCycle[4], skip: colourCycle[1] } as const;

/**
 * A network as its feature maps, to scale: the height of a block is its side, the width its channels. Maps of the same
 * side stand in one row, the next smaller ones below, so that a UNet is a U. An orange strip beside a block stands for
 * the planes that the next layer is told with it.
 *
 * ```ts
 * const blocks = [{ name: 'input', side: 32, channels: 3 }, { name: 'mix', side: 32, channels: 16, planes: 3 }];
 * blockDiagram({ blocks, skips: [{ from: 'input', to: 'mix' }] })
 * ```
 * @throws {TypeError} when there are no blocks, or a skip names one that is not there
 * @throws {RangeError} when a side or number of channels is not a whole number above 0, or a name is there twice
 */
export function blockDiagram(options: BlockDiagramOptions): Figure {
  const { blocks, skips = [], ...o } = options ?? {};
  checkBlocks(blocks);
  checkNumbers('blockDiagram', o, '');
  if (o.height !== undefined) checkPositive('blockDiagram', { height: o.height });
  const placed = place(blocks);
  const find = (name: string): Placed => {
    const found = placed.find((block) => block.name === name);
    if (!found) throw new TypeError(`blockDiagram: skips must go between blocks, and there is no ${String(name)}`);
    return found;
  };
  const shapes: object[] = [];
  const notes: object[] = [];
  for (const [i, block] of placed.entries()) {
    shapes.push(rectangle(block.x - block.width / 2, block.x + block.width / 2, block, COLOUR.block));
    const look = { xanchor: 'left', yanchor: 'bottom' }; // beside an arrow that comes or goes there
    notes.push(note(block.x + 0.8, block.y + block.height / 2, String(block.channels), look));
    const next = placed.at(i + 1);
    if (!next) continue;
    const right = block.x + block.width / 2;
    const strip = (next.planes ?? 0) > 0 ? GAP.strip : 0;
    if (strip > 0) shapes.push(rectangle(right, right + strip, block, COLOUR.strip));
    notes.push(arrow(...between(block, next, strip), INK.muted));
  }
  for (const { from, to, text } of skips) addSkip(shapes, notes, placed, [find(from), find(to)], text);
  for (const side of new Set(placed.map((block) => block.side))) {
    const { y } = placed.find((block) => block.side === side)!;
    notes.push(note(-3, y, `${side} × ${side}`, { xanchor: 'right', font: { size: 12, color: INK.muted } }));
  }
  return new Figure({ data: [hover(placed)], layout: layout(placed, shapes, notes, o) }, o);
}

function checkBlocks(blocks: readonly Block[]): void {
  if (!Array.isArray(blocks) || blocks.length === 0)
    throw new TypeError(`blockDiagram: blocks must be a list of feature maps, got ${typeof blocks}`);
  const names = new Set<string>();
  for (const { name, side, channels, planes = 0 } of blocks as Block[]) {
    if (names.has(name)) throw new RangeError(`blockDiagram: blocks must have different names, got ${name} twice`);
    names.add(name);
    checkWhole('blockDiagram', `side of ${name}`, side);
    checkWhole('blockDiagram', `channels of ${name}`, channels);
    checkWhole('blockDiagram', `planes of ${name}`, planes, 0);
  }
}

/** From left to right within a row; where the side changes, a block stands straight below or above the one before. */
function place(blocks: readonly Block[]): Placed[] {
  const largest = Math.max(...blocks.map(({ side }) => side));
  const most = Math.max(...blocks.map(({ channels }) => channels));
  const sides = [...new Set(blocks.map(({ side }) => side))].sort((a, b) => b - a);
  const heights = sides.map((side) => Math.max(1.2, (32 * side) / largest));
  const rows = new Map<number, { y: number; height: number }>();
  let top = 0;
  for (const [i, side] of sides.entries()) {
    rows.set(side, { y: top - heights[i] / 2, height: heights[i] });
    top -= heights[i] + GAP.below;
  }
  const placed: Placed[] = [];
  for (const block of blocks) {
    const width = Math.max(0.8, (14 * block.channels) / most);
    const before = placed.at(-1);
    const beside = before ? before.x + before.width / 2 + GAP.beside + width / 2 : width / 2;
    const x = before && before.side !== block.side ? Math.max(before.x, before.x + (width - before.width) / 2) : beside;
    placed.push({ ...block, x, width, ...rows.get(block.side)! });
  }
  return placed;
}

/** From where to where the arrow between two neighbours goes. */
function between(a: Placed, b: Placed, strip: number): [x0: number, y0: number, x1: number, y1: number] {
  if (a.side === b.side) return [a.x + a.width / 2 + strip + 0.4, a.y, b.x - b.width / 2 - 0.3, a.y];
  const down = a.side > b.side ? -1 : 1;
  return [a.x, a.y + (down * a.height) / 2 + 0.3 * down, a.x, b.y - (down * b.height) / 2 - 0.3 * down];
}

/** Straight across, or over the top of what stands between. */
function addSkip(
  shapes: object[],
  notes: object[],
  placed: readonly Placed[],
  [from, to]: [Placed, Placed],
  text = '',
): void {
  const inTheWay = placed.some(({ side, x }) => side === from.side && x > from.x && x < to.x);
  const font = { size: 12, color: COLOUR.skip };
  const middle = (from.x + to.x) / 2;
  if (from.side === to.side && !inTheWay) {
    const left = from.x + from.width / 2 + (inNext(placed, from) ? GAP.strip : 0) + 0.5;
    notes.push(arrow(left, from.y, to.x - to.width / 2 - 0.4, to.y, COLOUR.skip));
    notes.push(note(middle, from.y + 0.4, text, { yanchor: 'bottom', font }));
    return;
  }
  const roof = Math.max(from.y + from.height / 2, to.y + to.height / 2) + 6;
  const path = `M ${from.x} ${from.y + from.height / 2 + 0.5} L ${from.x} ${roof} L ${to.x} ${roof}`;
  shapes.push({ type: 'path', path, line: { color: COLOUR.skip, width: 1.5 } });
  notes.push(arrow(to.x, roof, to.x, to.y + to.height / 2 + 0.5, COLOUR.skip));
  notes.push(note(middle, roof + 0.3, text, { yanchor: 'bottom', font }));
}

/** Whether the layer after a block is told planes. */
function inNext(placed: readonly Placed[], block: Placed): boolean {
  return (placed[placed.indexOf(block) + 1]?.planes ?? 0) > 0;
}

function rectangle(x0: number, x1: number, { y, height }: Placed, fillcolor: string): object {
  return {
    type: 'rect',
    x0,
    x1,
    y0: y - height / 2,
    y1: y + height / 2,
    fillcolor,
    line: { width: 1, color: INK.text },
  };
}

function note(x: number, y: number, text: string, look: object): object {
  return { x, y, text, showarrow: false, xanchor: 'center', yanchor: 'middle', font: { size: 12 }, ...look };
}

function arrow(x0: number, y0: number, x1: number, y1: number, arrowcolor: string): object {
  // prettier-ignore
  const ends = { x: x1, y: y1, ax: x0, ay: y0, xref: 'x', yref: 'y', axref: 'x', ayref: 'y' };
  return { ...ends, text: '', showarrow: true, arrowhead: 2, arrowsize: 0.9, arrowwidth: 1.5, arrowcolor };
}

/** What is said of the block under the pointer. */
function hover(placed: readonly Placed[]): object {
  return {
    type: 'scatter',
    name: 'blocks',
    mode: 'markers',
    x: placed.map(({ x }) => x),
    y: placed.map(({ y }) => y),
    text: placed.map(({ name, side, channels }) => `${name}: ${side} × ${side} × ${channels}`),
    hovertemplate: '%{text}<extra></extra>',
    marker: { size: 24, opacity: 0 },
    showlegend: false,
  };
}

/** Axes in which a unit is as long across as upwards. */
function layout(
  placed: readonly Placed[],
  shapes: object[],
  annotations: object[],
  { width = 760, height, caption }: FigureOptions,
): { width: number; height: number; [key: string]: unknown } {
  const x = [-14, Math.max(...placed.map((block) => block.x + block.width / 2)) + 4];
  const y = [Math.min(...placed.map((block) => block.y - block.height / 2)) - 3, 12];
  const unit = (width - 40) / (x[1] - x[0]);
  const above = caption ? 90 : 50;
  const axis = { visible: false, showgrid: false };
  return {
    width,
    height: height ?? Math.round(unit * (y[1] - y[0]) + above + 10),
    margin: { l: 20, r: 20, b: 10 },
    shapes,
    annotations,
    xaxis: { ...axis, range: x },
    yaxis: { ...axis, range: y, scaleanchor: 'x' },
    showlegend: false,
  };
}
