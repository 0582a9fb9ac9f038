import { afterEach, describe, expect, test, vi } from 'vitest';
import { animate, grid, live, type Picture, plot, ready, tf } from 'naive-diffusion';
import * as browser from '../../lib/src/platform/browser/output.ts';
import { asJson } from '../../lib/src/display/jupyter.ts';
import { inFakeKernel } from './support.ts';

await ready();
afterEach(() => vi.unstubAllGlobals());
const images = () => tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);

function picture(): Picture {
  const shown = images();
  try {
    return grid(shown);
  } finally {
    shown.dispose();
  }
}

describe('a place to show things in', () => {
  test('is a notebook of Jupyter, where bytes arrive as base64', async () => {
    const shown = picture();
    const [{ data }] = await inFakeKernel(() => shown.show());
    expect(data['image/png']).toBe(Buffer.from(shown.png()).toString('base64'));
  });

  test('is a script otherwise, where a line says what there is', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    picture().show();
    expect(log.mock.calls).toEqual([[expect.stringMatching(/^\[picture, .*\.save\(path\) keeps it\]$/)]]);
    log.mockRestore();
  });

  test('is what a page offers, which can replace outputs', () => {
    const write = vi.fn();
    vi.stubGlobal('display', () => {});
    (globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.write')] = write;
    try {
      expect(browser.notebookWriter()).toBe(write);
    } finally {
      delete (globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.write')];
    }
  });

  test('is the kernel of a notebook in a browser, which shows what has a _toMime, and replaces nothing', () => {
    expect(browser.notebookWriter()).toBeUndefined();
    const shown: Record<string, unknown>[] = [];
    vi.stubGlobal('display', (value: { _toMime(): Record<string, unknown> }) => shown.push(value._toMime()));
    const write = browser.notebookWriter()!;
    expect(write.replaces).toBe(false);
    const data = asJson({ 'image/png': Uint8Array.of(1, 2), 'text/plain': 'x', 'text/html': null });
    write({ data, metadata: {}, transient: {} }, false);
    expect(shown).toEqual([{ 'image/png': 'AQI=', 'text/plain': 'x' }]);
  });
});

test.each([
  ['a picture', picture, 'image/png'],
  ['a figure', () => plot({ data: [] }), 'application/vnd.plotly.v1+json'],
  ['an animation', () => animate(images()), 'image/gif'],
  ['a tensor of images', () => images(), 'image/png'],
  ['another tensor', () => tf.tensor1d([1, 2]), 'text/plain'],
])('%s says what it is as a last expression there', async (_, make, type) => {
  const value = (await make()) as unknown as { _toMime(): Record<string, unknown> };
  const mime = value._toMime();
  expect(Object.keys(mime)[0]).toBe(type);
  expect(mime['text/plain']).toBeTypeOf('string');
  expect(JSON.parse(JSON.stringify(mime))).toEqual(mime);
});

test('where nothing can be replaced, a report prints lines and draws its end alone', async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const sent = await inFakeKernel(
    () => {
      let now = 0;
      const report = live({ steps: 3, title: 'here', now: () => (now += 20_000) });
      for (let step = 1; step <= 3; step++) report.update({ step, loss: 1 / step });
      report.done();
    },
    { replaces: false },
  );
  log.mockRestore();
  expect(lines).toHaveLength(3);
  expect(sent.map(({ update }) => update)).toEqual([false]);
});
