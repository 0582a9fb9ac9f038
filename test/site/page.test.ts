import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNotebook, type Cell, type Notebook, type Output } from '../../scripts/chapters/notebook.js';
import { CARDS, cut } from '../../scripts/site/cards.js';
import type { Shelf } from '../../scripts/site/output.js';
import { chapterPage, prose } from '../../scripts/site/page.js';
import { readSeries, type Chapter } from '../../scripts/site/series.js';
import { titlesIn } from '../../scripts/site/titles.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const chapter: Chapter = { number: 2, name: '02-noise', title: 'Noise', about: 'what *noise* does', time: '1 min' };

/** A PNG of one black pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';

const code = (source: string, outputs: Output[] = [], folded = false): Cell => ({
  cell_type: 'code',
  id: `id-${source.slice(0, 5).trim()}`,
  metadata: folded ? { jupyter: { source_hidden: true } } : {},
  source,
  outputs,
});
const shown = (data: Record<string, unknown>): Output => ({ output_type: 'display_data', data });
const words = (source: string): Cell => ({ cell_type: 'markdown', id: 'w', metadata: {}, source });

/** The page of some cells, and the files that it keeps beside it. */
function made(...cells: Cell[]): { page: string; files: Buffer[] } {
  const files: Buffer[] = [];
  const shelf: Shelf = {
    put(bytes, ending) {
      files.push(Buffer.from(bytes));
      return `/out/${files.length}${ending}`;
    },
  };
  const notebook: Notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  return { page: chapterPage(notebook, chapter, shelf), files };
}

describe('a chapter as a page', () => {
  it('says in its head what the series says of it', () => {
    const [, head] = made(words('# 2. Noise')).page.split('---\n');
    expect(JSON.parse(head)).toMatchObject({
      title: '2. Noise',
      description: 'what noise does',
      chapter: '02-noise',
    });
  });

  it('has prose, programs and outputs in their order', () => {
    const stream: Output = { output_type: 'stream', name: 'stdout', text: ['a < b\n', '{{ c }}\n'] };
    const { page } = made(words('First.'), code('const x = 1;', [stream]), words('Then.'));
    const places = ['First.', '```ts\nconst x = 1;\n```', 'a &lt; b\n{{ c }}</pre>', 'Then.'].map((part) =>
      page.indexOf(part),
    );
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(page).toContain('<pre v-pre class="stdout">');
  });

  it('keeps a picture as a file of its own, with its size and with the title that the cell gives it', () => {
    const picture = shown({ 'image/png': PNG, 'text/plain': '[picture, 1 × 1 pixels]' });
    const { page, files } = made(code('grid(x, { title: \'A "dot"\' })', [picture]));
    expect(page).toContain('<img src="/out/1.png" alt="A &quot;dot&quot;" width="1" height="1" loading="lazy">');
    expect(files).toEqual([Buffer.from(PNG, 'base64')]);
    expect(page).not.toContain('base64');
  });

  it('keeps a figure as data and as a picture', () => {
    const json = { data: [], layout: { width: 700, height: 400 } };
    const output = shown({
      'application/vnd.plotly.v1+json': json,
      'image/png': PNG,
      'text/plain': '[figure: Curves]',
    });
    const { page, files } = made(code('plot(…)', [output]));
    expect(page).toContain(
      '<PlotlyFigure source="/out/1.json" picture="/out/2.png" alt="Curves" :width="700" :height="400" />',
    );
    expect(JSON.parse(files[0].toString())).toEqual(json);
    expect(files[1]).toEqual(Buffer.from(PNG, 'base64'));
  });

  it('keeps sounds as files that are fetched when somebody plays them', () => {
    const html = `<div>\n\n<audio controls src="data:audio/wav;base64,${PNG}"></audio>\n</div>`;
    const { page, files } = made(code('player(…)', [shown({ 'text/html': html, 'text/plain': '[1 sound]' })]));
    expect(page).toContain('<div v-pre class="html"><div>\n<audio controls preload="none" src="/out/1.wav"></audio>');
    expect(files).toHaveLength(1);
  });

  it('shows tables that a cell has written in Markdown', () => {
    const { page } = made(code('table()', [shown({ 'text/markdown': ['| a |\n', '| - |\n'] })]));
    expect(page).toContain('<div class="said">\n\n| a |\n| - |\n\n</div>');
  });

  it('folds what is folded, and what belongs together under one heading', () => {
    const { page } = made(code('// Solution to 3: first.', [], true), code('then();', [], true), code('open();'));
    expect(page.match(/<details/g)).toHaveLength(1);
    const folded = page.slice(page.indexOf('<details'), page.indexOf('</details>'));
    expect(folded).toContain('<summary>Solution to 3: the program</summary>');
    expect(folded).toContain('then();');
    expect(folded).not.toContain('open();');
  });

  it('fences a program that has backticks of its own', () => {
    expect(made(code('const s = `\n```\n`;')).page).toContain('````ts\nconst s = `\n```\n`;\n````');
  });

  it('refuses what no page can show, and names chapter and cell', () => {
    expect(() => made(code('odd()', [shown({ 'application/x-odd': '' })]))).toThrow(
      '02-noise, cell id-odd(): an output has no form that a page can show, only application/x-odd',
    );
    const error: Output = { output_type: 'error', ename: 'TypeError', evalue: 'no' };
    expect(() => made(code('bad()', [error]))).toThrow('02-noise, cell id-bad(): the cell failed: TypeError: no');
  });
});

describe('links in prose', () => {
  it.each([
    ['[3](03-unet.ipynb)', '[3](./03-unet.md)'],
    ['[3](03-unet.ipynb#What-we-learnt)', '[3](./03-unet.md#what-we-learnt)'],
    ['[below](#References)', '[below](#references)'],
    ['[a](https://arxiv.org/abs/1503.03585)', '[a](https://arxiv.org/abs/1503.03585)'],
  ])('%s becomes %s', (before, after) => {
    expect(prose(before)).toBe(after);
  });
});

describe('the titles in a program', () => {
  it.each([
    ["grid(x, { title: 'One' }); strip(y, { title: 'Two' })", ['One', 'Two']],
    ["grid(x, { title: 'One, ' +\n 'in two' })", ['One, in two']],
    ['grid(x, { title: `t = ${t}` })', ['t = …']],
    ["grid(x, { title: 'At ' + level })", ['At …']],
    ["plot({ layout: { xaxis: { title: { text: 'x' } } } })", []],
  ])('of %s are %j', (source, titles) => {
    expect(titlesIn(source)).toEqual(titles);
  });
});

describe('the series', () => {
  const chapters = readSeries(root);

  it('is numbered from 1 on, and every chapter has its card', () => {
    expect(chapters.map(({ number }) => number)).toEqual(chapters.map((_, i) => i + 1));
    expect(Object.keys(CARDS)).toEqual(chapters.map(({ name }) => name));
  });

  it('has on each card a part of a picture that is there', { timeout: 60_000 }, async () => {
    for (const { name } of chapters) {
      const notebook = readNotebook(path.join(root, 'notebooks', `${name}.ipynb`));
      expect((await cut(notebook, CARDS[name])).subarray(8, 12).toString()).toBe('WEBP');
    }
    const notebook = readNotebook(path.join(root, 'notebooks', `${chapters[0].name}.ipynb`));
    const part = CARDS[chapters[0].name];
    await expect(cut(notebook, { ...part, left: 10_000 })).rejects.toThrow('is not there');
    await expect(cut(notebook, { ...part, cell: 'none' })).rejects.toThrow('cell none, which has none');
  });
});
