import { describe, expect, it } from 'vitest';
import { blockDiagram, type Block } from 'naive-diffusion';

const hourglass: Block[] = [
  { name: 'input', side: 32, channels: 3 },
  { name: 'down0', side: 32, channels: 16, planes: 3 },
  { name: 'down1', side: 16, channels: 32, planes: 3 },
  { name: 'middle', side: 16, channels: 32 },
  { name: 'up0', side: 32, channels: 16, planes: 3 },
  { name: 'output', side: 32, channels: 3, planes: 3 },
];

interface Shape {
  type: string;
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  fillcolor?: string;
}
interface Note {
  text: string;
  x: number;
  y: number;
  ax?: number;
  ay?: number;
  arrowcolor?: string;
}

function drawn(blocks = hourglass, skips: { from: string; to: string; text?: string }[] = []) {
  const { data, layout } = blockDiagram({ blocks, skips }).json;
  const shapes = layout.shapes as Shape[];
  const notes = layout.annotations as Note[];
  const rectangles = shapes.filter(({ type }) => type === 'rect');
  const strips = rectangles.filter(({ fillcolor }) => fillcolor === '#E69F00');
  return {
    blocks: rectangles.filter(({ fillcolor }) => fillcolor !== '#E69F00'),
    strips,
    paths: shapes.filter(({ type }) => type === 'path'),
    arrows: notes.filter(({ ax }) => ax !== undefined),
    words: notes.filter(({ ax }) => ax === undefined).map(({ text }) => text),
    data,
    layout,
  };
}

describe('blockDiagram', () => {
  it('draws every feature map to scale: sides as heights, channels as widths', () => {
    const { blocks, words } = drawn();
    expect(blocks).toHaveLength(6);
    expect(blocks.map(({ y0, y1 }) => y1 - y0)).toEqual([32, 32, 16, 16, 32, 32]);
    const widths = blocks.map(({ x0, x1 }) => x1 - x0);
    expect(widths[2] / widths[1]).toBeCloseTo(2, 9);
    expect(widths[1] / widths[0]).toBeCloseTo(16 / 3, 9);
    expect(words).toEqual(expect.arrayContaining(['3', '16', '32', '32 × 32', '16 × 16']));
  });

  it('is a U: smaller maps stand below, and blocks of a row do not overlap', () => {
    const { blocks } = drawn();
    expect(blocks[2].y1).toBeLessThan(blocks[1].y0);
    expect(blocks[4].y0).toBe(blocks[1].y0);
    const row = [0, 1, 4, 5].map((i) => blocks[i]);
    for (let i = 1; i < row.length; i++) expect(row[i].x0).toBeGreaterThan(row[i - 1].x1);
  });

  it('puts a strip beside what a layer sees together with planes, and none where it is told nothing', () => {
    const { strips, blocks } = drawn();
    expect(strips.map(({ x0 }) => x0)).toEqual([0, 1, 3, 4].map((i) => blocks[i].x1));
    expect(drawn(hourglass.map((block) => ({ ...block, planes: 0 }))).strips).toEqual([]);
  });

  it('draws skips straight across where nothing stands in the way, and else over the top', () => {
    const skips = [
      { from: 'down0', to: 'up0', text: 'added' },
      { from: 'input', to: 'output', text: 'seen again' },
    ];
    const { arrows, paths, words } = drawn(hourglass, skips);
    expect(arrows).toHaveLength(5 + 2);
    const [across, over] = arrows.slice(5);
    expect(across.y).toBe(across.ay);
    expect(over.x).toBe(over.ax);
    expect(paths).toHaveLength(1);
    expect(words).toEqual(expect.arrayContaining(['added', 'seen again']));
  });

  it('says what each block is when the pointer is on it, in a size that keeps the scale', () => {
    const { data, layout } = drawn();
    const [{ text }] = data as { text: string[] }[];
    expect(text[2]).toBe('down1: 16 × 16 × 32');
    expect(layout.yaxis).toMatchObject({ scaleanchor: 'x' });
    expect(layout.height).toBeGreaterThan(200);
  });

  it.each([
    [[], [], 'blocks must be a list of feature maps'],
    [[hourglass[0], hourglass[0]], [], 'blocks must have different names, got input twice'],
    [[{ name: 'a', side: 1.5, channels: 3 }], [], 'side of a must be a whole number'],
    [[{ name: 'a', side: 2, channels: 0 }], [], 'channels of a must be a whole number'],
    [hourglass, [{ from: 'input', to: 'nowhere' }], 'there is no nowhere'],
  ])('refuses what it cannot draw', (blocks, skips, message) => {
    expect(() => blockDiagram({ blocks, skips })).toThrow(message);
  });
});
