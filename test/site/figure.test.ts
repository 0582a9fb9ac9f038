import { describe, expect, it } from 'vitest';
import { headOf, narrowed, type Saved } from '../../site/.vitepress/theme/narrow.js';

const curves: Saved = {
  data: [{ type: 'scatter' }],
  layout: {
    width: 700,
    height: 400,
    title: {
      text: '<b>Figure 1 · Curves</b><br><span style="font-size: 13px">They fall</span><br><span>&lt; 1.</span>',
    },
    margin: { l: 60, r: 24, t: 80, b: 52 },
  },
};

describe('a figure on a narrow screen', () => {
  it('is as it was where it fits', () => {
    expect(narrowed(curves, 700)).toEqual({ figure: curves, head: {} });
  });

  it('is as wide as the screen, and leaves its headline to the page', () => {
    const { figure, head } = narrowed(curves, 342);
    expect(head).toEqual({ title: 'Figure 1 · Curves', text: 'They fall < 1.' });
    expect(figure.layout.width).toBe(342);
    expect(figure.layout.title?.text).toBe('');
    expect(figure.data).toBe(curves.data);
  });

  it('keeps the height of curves, and the shape of pictures', () => {
    const inside = ({ layout: { width, height, margin } }: Saved) => ({
      width: width - margin!.l! - margin!.r!,
      height: height - margin!.t! - margin!.b!,
    });
    expect(inside(narrowed(curves, 342).figure).height).toBe(inside(curves).height);
    const picture = { ...curves, data: [{ type: 'image' }] };
    const [before, after] = [inside(picture), inside(narrowed(picture, 342).figure)];
    expect(after.width / after.height).toBeCloseTo(before.width / before.height, 1);
  });

  it('changes nothing of the figure that it is given', () => {
    const copy = structuredClone(curves);
    narrowed(curves, 342);
    expect(curves).toEqual(copy);
  });
});

describe('a headline', () => {
  it.each([
    ['<b>Title</b>', { title: 'Title' }],
    ['<b>Title</b><br><span>one</span><br><span>two</span>', { title: 'Title', text: 'one two' }],
    ['plain', { text: 'plain' }],
    ['', {}],
  ])('%j is taken apart', (text, head) => {
    expect(headOf(text)).toEqual(head);
  });
});
