import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { startJupyter, type JupyterServer } from '../../scripts/chapters/jupyter.js';
import { openNotebook, runAll, save } from '../../scripts/chapters/lab.js';
import { text, type Cell, type Notebook } from '../../scripts/chapters/notebook.js';
import { notebookMetadata } from '../../scripts/kernel/language.mjs';
import { decode } from '../display/support.js';

const root = resolve(import.meta.dirname, '..', '..');
const venv = resolve(process.env.VIRTUAL_ENV ?? join(root, '.venv'));
const chromium = findChromium();
if (!chromium) console.warn('skipped: the tests in JupyterLab need Chromium or Google Chrome (or CHROME_PATH)');

const cell = (id: string, source: string): Cell => ({
  cell_type: 'code',
  id,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});
const notebook = (...cells: Cell[]): string =>
  JSON.stringify({
    cells,
    metadata: notebookMetadata(),
    nbformat: 4,
    nbformat_minor: 5,
  } satisfies Notebook);

const SHOWN = notebook(
  cell('import', `import { tf, ready, grid, lineChart, live, scrubber, loop } from 'naive-diffusion';\nawait ready();`),
  cell(
    'images',
    `const images = tf.tidy(() => tf.range(0, 24).reshape([24, 1, 1, 1]).div(24).tile([1, 8, 8, 1])) as tf.Tensor4D;\nimages`,
  ),
  cell('scrubber', `scrubber(images, { title: 'From black to white' })`),
  cell('chart', `lineChart({ series: { a: [1, 2, 4] }, title: 'Growth' })`),
  cell(
    'live',
    `const report = live({ steps: 40, title: 'counting', interval: 100, timing: false });
for await (const i of loop(40)) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  report.update({ step: i + 1, loss: 1 / (i + 1) });
}
report.done();`,
  ),
);

/** The images at 0.25 and 0.75 are not among those that are made at once: who sees them has asked the kernel. */
const DRAGGED = notebook(
  cell('import', `import { tf, ready, slider, type Images } from 'naive-diffusion';\nawait ready();`),
  cell(
    'slider',
    `const grey = (t: number) => tf.fill([1, 8, 8, 1], t) as Images;
await slider([0, 0.25, 0.5, 0.75, 1], grey, { frames: 3, title: 'Drag t' })`,
  ),
);

/** Notes every picture that the live output shows: seen from here, some would be missed. */
const WATCH_PICTURES = `(() => {
  globalThis.pictures = new Set();
  const note = () => {
    const image = document.querySelectorAll('.jp-Cell')[4].querySelector('.jp-OutputArea img');
    if (image?.src) globalThis.pictures.add(image.src);
  };
  const options = { subtree: true, childList: true, attributes: true, attributeFilter: ['src'] };
  new MutationObserver(note).observe(document.body, options);
})()`;

/** Drags a slider's handle to a share of its way. */
async function drag(page: Page, control: Locator, share: number): Promise<void> {
  const handle = (await control.locator('.noUi-handle').boundingBox())!;
  const way = (await control.locator('.noUi-base').boundingBox())!;
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(way.x + way.width * share, handle.y + handle.height / 2, { steps: 5 });
  await page.mouse.up();
}

/** The grey in the middle of the picture below a slider, from 0 to 255; undefined where there is none. */
function greyOf(page: Page): Promise<number | undefined> {
  return page.evaluate(`(async () => {
    const picture = document.querySelector('.widget-html img');
    if (!picture) return undefined;
    await picture.decode();
    const context = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight).getContext('2d');
    context.drawImage(picture, 0, 0);
    return context.getImageData(picture.naturalWidth / 2, picture.naturalHeight / 2, 1, 1).data[0];
  })()`);
}

/** For hangs only. */
const HANG = { timeout: 60_000 };
const HOOK_MS = 900_000;

describe.skipIf(!chromium)('in JupyterLab, in a browser', () => {
  let folder: string;
  let server: JupyterServer;
  let browser: Browser;
  let page: Page;
  let pictures: number; // that the live output has shown
  let dirtied: boolean;
  let complete: boolean;

  beforeAll(async () => {
    if (!existsSync(join(venv, 'bin', 'jupyter')))
      throw new Error('JupyterLab is not set up; run npm start -- --no-browser once');
    folder = mkdtempSync(join(tmpdir(), 'naive-diffusion-test-'));
    writeFileSync(join(folder, 'shown.ipynb'), SHOWN);
    writeFileSync(join(folder, 'dragged.ipynb'), DRAGGED);
    server = await startJupyter({ folder, python: venv });
    browser = await launchChromium('test');
    page = await browser.newPage({ viewport: { width: 1080, height: 1600 } });
    await openNotebook(page, server, 'shown.ipynb');
    dirtied = (await page.evaluate('globalThis.jupyterapp.shell.currentWidget.context.model.dirty')) as boolean;
    await page.evaluate(WATCH_PICTURES);
    complete = await runAll(page, 8);
    pictures = (await page.evaluate('globalThis.pictures.size')) as number;
  }, HOOK_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const output = (index: number) => page.locator('.jp-Cell').nth(index).locator('.jp-OutputArea');

  test('opening a notebook changes nothing in it', () => expect(dirtied).toBe(false));

  test('all cells run', () => expect(complete).toBe(true));

  test('a tensor of images as the last expression is a picture, and nothing is printed beside it', async () => {
    const image = output(1).locator('img');
    expect(await image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(8 * 64 + 7 * 2);
    expect(await output(1).locator('pre').count()).toBe(0);
  });

  test('the live output is one picture that changes in place', async () => {
    expect(await output(4).locator('img').count()).toBe(1);
    expect(pictures).toBeGreaterThan(3);
  });

  test('a figure is drawn, with its title', async () => {
    expect(await output(3).locator('.gtitle').textContent()).toContain('Growth');
    expect(await output(3).locator('path.js-line').count()).toBe(1);
  });

  test('the scrubber moves with a click on its slider, and plays, on a slow machine too', async () => {
    const machine = await page.context().newCDPSession(page);
    await machine.send('Emulation.setCPUThrottlingRate', { rate: 20 });
    const source = () => output(2).locator('.imagelayer image').first().getAttribute('href');
    const label = async () => output(2).locator('.slider-label').first().textContent();
    const first = await source();
    expect(await label()).toBe('0');
    const rail = (await output(2).locator('.slider-rail-touch-rect').boundingBox())!;
    await page.mouse.click(rail.x + rail.width / 2, rail.y + rail.height / 2);
    await expect.poll(label, HANG).toMatch(/^1[0-4]$/);
    await expect.poll(source, HANG).not.toBe(first);
    const middle = await source();
    await output(2).locator('.updatemenu-button').first().click();
    await expect.poll(label, { timeout: 240_000 }).toBe('23');
    expect(await source()).not.toBe(middle);
    await machine.detach();
  });

  test('the saved notebook holds one live picture with nothing of the run in its text, and opens with its pictures', async () => {
    await save(page);
    await page.mouse.move(0, 0);
    const saved = JSON.parse(readFileSync(join(folder, 'shown.ipynb'), 'utf8')) as Notebook;
    const [picture, ...more] = saved.cells[4].outputs!;
    expect(more).toEqual([]);
    expect(text(picture.data!['text/plain'] as string)).toBe('counting: 40 steps · loss 0.0253');
    expect((await decode(Buffer.from(text(picture.data!['image/png'] as string), 'base64'))).width).toBe(700);
    await openNotebook(page, server, 'shown.ipynb');
    await expect.poll(() => page.locator('.jp-RenderedPlotly img.plot-img[src]').count(), HANG).toBe(2);
    await output(2).locator('img.plot-img').dispatchEvent('mouseenter');
    // a mouse over it makes it move again
    await expect.poll(() => output(2).locator('.slider-rail-touch-rect').count(), HANG).toBe(1);
  });

  test('a slider runs its function in the kernel where it is dragged to, also in a page that was loaded again', async () => {
    const other = await browser.newPage({ viewport: { width: 1080, height: 900 } });
    try {
      await openNotebook(other, server, 'dragged.ipynb');
      expect(await runAll(other, 8)).toBe(true);
      const control = other.locator('.jp-Cell').nth(1).locator('.jp-OutputArea .widget-slider');
      const readout = async () => (await control.locator('.widget-readout').textContent())?.replaceAll(/\s/g, ' ');
      await expect.poll(readout, HANG).toBe('t = 0');
      await drag(other, control, 3 / 4);
      await expect.poll(readout, HANG).toBe('t = 0.75');
      await expect.poll(() => greyOf(other), HANG).toBe(Math.round(255 * 0.75));
      await save(other);
      await openNotebook(other, server, 'dragged.ipynb');
      await expect.poll(readout, HANG).toBe('t = 0.75');
      await drag(other, control, 1 / 4);
      await expect.poll(() => greyOf(other), HANG).toBe(Math.round(255 * 0.25));
    } finally {
      await other.close();
    }
  });

  test(
    'npm run chapters saves a chapter that runs, with a picture for its figure, and leaves one that fails as it was',
    { timeout: HOOK_MS },
    async () => {
      const chapters = mkdtempSync(join(tmpdir(), 'naive-diffusion-test-'));
      try {
        const failing = notebook(
          cell('good', 'console.log(1);'),
          cell('bad', `throw new RangeError('on purpose');`),
          cell('after', 'console.log(2);'),
        );
        writeFileSync(
          join(chapters, '01-good.ipynb'),
          notebook(
            cell('figure', `import { lineChart } from 'naive-diffusion';\nlineChart({ series: { a: [1, 2, 4] } })`),
          ),
        );
        writeFileSync(join(chapters, '02-bad.ipynb'), failing);
        const { status, stdout, stderr } = await new Promise<{ status: unknown; stdout: string; stderr: string }>(
          (done) => {
            execFile(
              process.execPath,
              ['--import', 'tsx', join(root, 'scripts', 'chapters.ts'), '--notebooks', chapters, '--venv', venv],
              { cwd: root },
              (error, stdout, stderr) => done({ status: error ? error.code : 0, stdout, stderr }),
            );
          },
        );
        expect(stdout, stderr).toMatch(
          /saved {3}01-good\.ipynb {2}\d+ s\nFAILED {2}02-bad\.ipynb {2}\d+ s\n {4}code cell 2 \(throw new RangeError\('on purpose'\);\): RangeError: on purpose/,
        );
        expect(status).toBe(1);
        expect(readFileSync(join(chapters, '02-bad.ipynb'), 'utf8')).toBe(failing);
        const good = JSON.parse(readFileSync(join(chapters, '01-good.ipynb'), 'utf8')) as Notebook;
        expect(Object.keys(good.cells[0].outputs![0].data!)).toEqual([
          'application/vnd.plotly.v1+json',
          'image/png',
          'text/plain',
        ]);
      } finally {
        rmSync(chapters, { recursive: true, force: true });
      }
    },
  );
});
