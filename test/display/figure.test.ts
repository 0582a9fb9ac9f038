import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { barChart, heatmap, histogram, lineChart, plot } from 'naive-diffusion';
import { findChromium } from '../../lib/src/platform/node/chromium.js';
import { decode, inFakeKernel, inFolder, ink } from './support.js';

test('a figure is sent as plotly JSON with template, size and text', async () => {
  const figure = plot(
    {
      data: [{ x: [1, 2], y: [0.1, null] }, { y: new Float32Array([0.1]) }],
      layout: { xaxis: { title: { text: 'x' } } },
    },
    { title: 'Title', caption: 'Caption.' },
  );
  const [{ data }] = await inFakeKernel(() => figure.show());
  const json = data['application/vnd.plotly.v1+json'] as typeof figure.json;
  expect(json).toEqual(JSON.parse(JSON.stringify(json)));
  expect(json.data).toEqual([{ x: [1, 2], y: [0.1, null] }, { y: [0.1] }]);
  expect(json.layout).toMatchObject({ width: 700, height: 400, xaxis: { title: { text: 'x' } } });
  expect(json.layout.template).toBeTypeOf('object');
  const { text } = json.layout.title as { text: string };
  expect(text).toMatch(/^<b>Title<\/b><br>.*Caption\./);
  expect(data['text/plain']).toBe('[figure: Title]');
});

test("what the caller says takes precedence over the template, and the caller's objects stay as they are", () => {
  const layout = { width: 300, height: 200, margin: { t: 5 }, title: 'Mine' };
  const { json } = plot({ data: [], layout });
  expect(json.layout).toMatchObject({ width: 300, height: 200, margin: { t: 5 } });
  expect(layout).toEqual({ width: 300, height: 200, margin: { t: 5 }, title: 'Mine' });
});

test('a line chart counts from 1 where no x is given, and keeps to colours that everybody can tell apart', () => {
  const { json } = lineChart({
    series: { loss: [3, 2, 1], known: { y: [1, 1], x: [0, 3], dash: 'dash' } },
    logY: true,
    xTitle: 'step',
  });
  expect(json.data).toMatchObject([
    { name: 'loss', x: [1, 2, 3], y: [3, 2, 1], line: { color: '#0072B2' } },
    { name: 'known', x: [0, 3], line: { color: '#D55E00', dash: 'dash' } },
  ]);
  expect(json.layout).toMatchObject({ xaxis: { title: { text: 'step' } }, yaxis: { type: 'log' } });
  expect(() => lineChart({ x: [1, 2], series: { a: [1] } })).toThrow(
    "lineChart: series 'a' must have 2 numbers, one for each x, got 1",
  );
});

test('a logarithmic axis has marks at powers of ten alone, where it spans at least two of them', () => {
  const axis = (y: number[], yRange?: [number, number]) =>
    lineChart({ series: { y }, logY: true, ...(yRange && { yRange }) }).json.layout.yaxis;
  expect(axis([0.002, 30])).toMatchObject({ type: 'log', dtick: 1 });
  expect(axis([2, 5, 8])).not.toHaveProperty('dtick');
  expect(axis([2, 5, 80])).not.toHaveProperty('dtick');
  expect(axis([2, 5], [0.1, 100])).toMatchObject({ dtick: 1 });
  expect(lineChart({ x: [1, 1000], series: { y: [1, 2] }, logX: true }).json.layout.xaxis).toMatchObject({ dtick: 1 });
});

test('a heatmap has one scale of colours for values of either sign', () => {
  const { colorscale } = (heatmap({ values: [[-1, -2]] }).json.layout.template as { layout: Record<string, object> })
    .layout as { colorscale: Record<string, unknown> };
  expect(colorscale.sequentialminus).toEqual(colorscale.sequential);
});

test('a histogram counts every value once', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i / 999);
  const { json } = histogram({ values, bins: 10, show: 'count' });
  const heights = (json.data[0] as { y: number[] }).y;
  expect(heights).toHaveLength(10);
  expect(heights.reduce((a, b) => a + b)).toBe(1000);
  const two = histogram({ values: { a: [0, 1, 2], b: [2, 2] }, bins: 2, range: [0, 2] }).json.data as { y: number[] }[];
  expect(two[0].y).toEqual([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 0]);
  expect(two[1].y).toEqual([0, 0, 0, 1, 1, 0]);
  expect(() => histogram({ values: [] })).toThrow('histogram: values must hold numbers, got none for values');
  expect(() => histogram({ values: [1], range: [2, 1] })).toThrow(
    'histogram: range must be two finite numbers in rising order',
  );
});

test('bars and heatmaps check their sizes', () => {
  expect(barChart({ labels: ['a', 'b'], series: { x: [1, 2] }, horizontal: true }).json.data[0]).toMatchObject({
    orientation: 'h',
    x: [1, 2],
    y: ['a', 'b'],
  });
  expect(() => barChart({ labels: ['a'], series: { x: [1, 2] } })).toThrow("barChart: series 'x' must have 1 numbers");
  expect(heatmap({ values: [[-1, 2]], diverging: true }).json.data[0]).toMatchObject({ zmin: -2, zmax: 2 });
  expect(() => heatmap({ values: [[1], [1, 2]] })).toThrow('heatmap: values must be rows of 1 numbers, got one of 2');
});

test('a web page holds plotly and the figure, and no text can break out of it', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'deep', 'figure.html');
    await plot({ data: [{ y: [1], name: '</script><b>' }] }, { title: '</script>' }).save(file);
    const page = readFileSync(file, 'utf8');
    expect(page.length).toBeGreaterThan(3e6);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script[^>]+src=|<link[^>]+href=/);
  });
});

test.skipIf(!findChromium())('a picture of a figure is drawn by Chromium, twice as fine as on screen', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'figure.png');
    await lineChart({ series: { a: [1, 2, 3] }, width: 320, height: 240 }).save(file);
    const canvas = await decode(readFileSync(file));
    expect([canvas.width, canvas.height]).toEqual([640, 480]);
    expect(ink(canvas, 0, 0, 640, 480)).toBeGreaterThan(500);
  });
});

test('without Chromium the error says what to install, and nothing is written', async () => {
  vi.stubEnv('CHROME_PATH', '/nowhere/chromium');
  await inFolder(async (folder) => {
    await expect(plot({ data: [] }).save(join(folder, 'a.png'))).rejects.toThrow(
      /no Chromium was found at CHROME_PATH \(\/nowhere\/chromium\); install Chromium .* \.html/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
  vi.unstubAllEnvs();
});

test('a wrong ending is named', async () => {
  await expect(plot({ data: [] }).save('figure.pdf')).rejects.toThrow(
    "Figure.save: path must end in .html or .png, got 'figure.pdf'",
  );
  expect(existsSync('figure.pdf')).toBe(false);
  expect(() => plot({} as never)).toThrow('plot: data must be an array of plotly traces, got undefined');
});

test('leaves room above the axes for every row of the legend', () => {
  const top = (names: string[]) =>
    plot({ data: names.map((name) => ({ y: [1, 2], name })) }, { title: 'Many lines' }).json.layout.margin!.t!;
  const names = Array.from({ length: 8 }, (_, i) => `a line with a name of its own, number ${i}`);
  expect(top(names.slice(0, 2))).toBe(top(['a', 'b']));
  expect(top(names)).toBeGreaterThanOrEqual(top(['a', 'b']) + 3 * 19);
});
