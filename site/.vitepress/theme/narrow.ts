/** Figures on small screens: a figure drawn for a wide page is drawn anew for a narrow one, not made smaller. */

/** A plotly figure as the chapters save it. */
export interface Saved {
  data: readonly { type?: string }[];
  layout: Layout;
  frames?: readonly object[];
  config?: object;
}

interface Layout {
  width: number;
  height: number;
  title?: { text?: string };
  margin?: { l?: number; r?: number; t?: number; b?: number };
  sliders?: object[];
  [key: string]: unknown;
}

/** A figure's headline, and the sentence below it. */
export interface Head {
  title?: string;
  text?: string;
}

/**
 * The figure for a column of `width` pixels: its letters as large as before, its headline apart from it, so that the
 * page can break it into lines. One that fits is returned as it is, with no headline apart.
 */
export function narrowed(figure: Saved, width: number): { figure: Saved; head: Head } {
  const { layout } = figure;
  if (layout.width <= width) return { figure, head: {} };
  const { l = 60, r = 24, t = 60, b = 52 } = layout.margin ?? {};
  const isPicture = figure.data.some(({ type }) => type === 'image');
  const side = isPicture ? 0 : 10;
  const left = isPicture ? 0 : Math.min(l, 52);
  const inside = layout.height - t - b;
  // A picture keeps its shape; curves keep their height.
  const tall = isPicture ? (inside * (width - left - side)) / (layout.width - l - r) : Math.min(inside, width);
  const top = isPicture ? 0 : 14;
  return {
    head: headOf(layout.title?.text ?? ''),
    figure: {
      ...figure,
      // A toolbar, which fingers bring up as well, would lie over the names of the curves.
      config: { ...figure.config, displayModeBar: false },
      layout: {
        ...layout,
        width,
        height: Math.round(tall + top + b),
        title: { text: '' },
        margin: { l: left, r: side, t: top, b },
        ...(layout.sliders && { sliders: layout.sliders.map((slider) => ({ ...slider, len: 1 })) }),
      },
    },
  };
}

/** Takes a headline of `plot` apart: a bold line, and the lines of a caption. */
export function headOf(text: string): Head {
  const [first, ...rest] = text.split('<br>');
  const title = /^<b>(.*)<\/b>$/.exec(first)?.[1];
  const lines = (title === undefined ? [first, ...rest] : rest).map(plain).filter((line) => line !== '');
  return {
    ...(title !== undefined && { title: plain(title) }),
    ...(lines.length > 0 && { text: lines.join(' ') }),
  };
}

/** Words without tags. */
function plain(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
