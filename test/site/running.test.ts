import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { bundleWorkers } from '../../scripts/site/bundle.js';
import { refuseOtherHosts } from '../../scripts/site/check.js';
import { escapeHtml } from '../../scripts/site/output.js';
import { serveSite, type Served } from '../../scripts/site/serve.js';
import type { RunningNotebook } from '../../site/.vitepress/theme/run/notebook.js';

declare const notebook: RunningNotebook;

const here = import.meta.dirname;
if (!findChromium())
  console.warn('skipped: the test of running pages needs Chromium or Google Chrome (or CHROME_PATH)');

describe.skipIf(!findChromium())('a page with cells', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'running-'));
  const faults: string[] = [];
  let [served, browser, page]: [Served?, Browser?, Page?] = [];

  beforeAll(async () => {
    await bundleWorkers(path.join(folder, 'run'));
    await build({
      entryPoints: [path.join(here, 'running.ts')],
      outdir: path.join(folder, 'page'),
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      define: { 'process.env.NODE_ENV': '"production"', __VUE_PROD_DEVTOOLS__: 'false' },
      logLevel: 'error',
      tsconfigRaw: {},
    });
    const head = '<!doctype html><link rel="icon" href="data:,"><body>';
    writeFileSync(path.join(folder, 'page.html'), `${head}<script type="module" src="/page/running.js"></script>`);
    served = await serveSite(folder);
    browser = await launchChromium('the test of running pages');
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page with cells that are named `a`, `b`, …; each begins with an output that was saved. */
  async function open(...cells: string[]): Promise<Page> {
    const bodies = cells.map((source, i) => {
      const program = `<div class="language-ts"><pre><code>${escapeHtml(source)}</code></pre></div>`;
      return `<div class="cell" id="${'abcdef'[i]}">${program}<div class="outputs">saved</div></div>`;
    });
    await page?.context().close();
    page = await (await browser!.newContext()).newPage();
    await refuseOtherHosts(page, served!.origin, faults);
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${served!.origin}/page.html#${encodeURIComponent(bodies.join(''))}`);
    await page.waitForFunction(() => 'notebook' in globalThis);
    return page;
  }

  const ended = (at: Page) => at.waitForFunction(() => !notebook.progress.busy);
  const states = (at: Page) =>
    at.evaluate(() => [...document.querySelectorAll<HTMLElement>('.cell')].map(({ dataset }) => dataset.state));
  const outputs = (at: Page, cell: string) =>
    at.evaluate((id) => [...document.querySelectorAll(`#${id} .outputs.fresh > *`)].map((x) => x.textContent), cell);

  it('runs them in order with the library, and shows what they print, show and end with', async () => {
    const at = await open(
      "import { ready, tf, show, isQuick } from 'naive-diffusion';\nconst { name } = await ready();\nconsole.log(name, isQuick());",
      "const sum: number = tf.tidy(() => tf.sum(tf.tensor1d([1, 2, 3])).dataSync()[0]);\nconsole.warn('careful');\nsum",
      "show({ 'text/html': '<b>bold</b>' }); tf.zeros([2, 8, 8, 1])",
    );
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    expect(await states(at)).toEqual(['done', 'done', 'done']);
    expect(await outputs(at, 'a')).toContain('wasm true\n');
    expect(await outputs(at, 'b')).toEqual(['careful\n', '6\n']);
    expect(await at.locator('#c .outputs.fresh b').textContent()).toBe('bold');
    expect(await at.locator('#c .outputs.fresh img').count()).toBe(1);
    expect(await at.locator('#c > .outputs:not(.fresh)').isHidden()).toBe(true);
    expect(faults).toEqual([]);
  });

  it('ends at a cell that fails, and underlines its line; what is mended runs on', async () => {
    const at = await open('const a = 1;', 'const b = a;\nnone(b);', 'b');
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    expect(await states(at)).toEqual(['done', 'failed', 'idle']);
    expect(await outputs(at, 'b')).toEqual(['ReferenceError (line 2): none is not defined']);
    expect(await at.locator('#b .cm-lintRange-error').textContent()).toBe('none(b);');
    expect(await at.locator('#c > .outputs:not(.fresh)').isVisible()).toBe(true);

    await at.locator('#b .cm-content').fill('const b = 41 + a');
    await at.keyboard.press('Shift+Enter');
    await ended(at);
    await at.locator('#c .run-cell').click();
    await ended(at);
    expect([await states(at), await outputs(at, 'c')]).toEqual([['done', 'done', 'done'], ['42\n']]);
    expect(await at.locator('.cm-lintRange-error').count()).toBe(0);
  });

  it('can be stopped after the step that runs, and goes on with what there is', async () => {
    const at = await open(
      "import { loop } from 'naive-diffusion';\nlet done = 0;\nfor await (const i of loop(1e9)) { done = i; if (i === 3) console.log('runs'); }",
      'done >= 3',
    );
    await at.evaluate(() => notebook.runAll());
    await at.locator('.outputs.fresh', { hasText: 'runs' }).waitFor();
    await at.evaluate(() => {
      notebook.stop();
    });
    await ended(at);
    expect(await states(at)).toEqual(['failed', 'idle']);
    expect((await outputs(at, 'a')).at(-1)).toMatch(/^Interrupted/);
    await at.locator('#b .run-cell').click();
    await ended(at);
    expect(await outputs(at, 'b')).toEqual(['true\n']);
  });

  it('begins anew after a restart, also while a cell runs for ever or the worker has not started', async () => {
    const at = await open("globalThis.kept = 1;\nconsole.log('runs');\nfor (;;);", 'typeof kept');
    await at.evaluate(() => notebook.runAll());
    await at.locator('.outputs.fresh', { hasText: 'runs' }).waitFor();
    await at.evaluate(() => {
      notebook.restart();
    });
    await ended(at);
    expect(await states(at)).toEqual(['idle', 'idle']);
    await at.locator('#b .run-cell').click();
    await ended(at);
    expect(await outputs(at, 'b')).toEqual(['undefined\n']);
    await at.evaluate(() => {
      notebook.restart();
      notebook.runAll();
      notebook.restart();
    });
    await ended(at);
    expect(await states(at)).toEqual(['idle', 'idle']);
  });

  it('can be stopped before its first step, and the cell after it is not', async () => {
    const cell = "import { loop } from 'naive-diffusion';\nfor await (const i of loop(1e9));";
    const at = await open(cell, "for await (const i of loop(3));\n'whole'");
    await at.evaluate(() => {
      notebook.runAll();
      notebook.stop();
    });
    await ended(at);
    expect(await states(at)).toEqual(['failed', 'idle']);
    await at.locator('#b .run-cell').click();
    await ended(at);
    expect(await outputs(at, 'b')).toEqual(['whole\n']);
  });

  it('prints what fails outside of any cell, and goes on', async () => {
    const at = await open(
      "setTimeout(() => { throw new Error('late') });\nvoid Promise.reject(new Error('nobody waits'));\nawait new Promise((go) => setTimeout(go, 50));",
      '"on"',
    );
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    expect(await states(at)).toEqual(['done', 'done']);
    const printed = (await outputs(at, 'a')).join('');
    expect(printed).toMatch(/Uncaught Error: late/);
    expect(printed).toMatch(/Unhandled rejection: Error: nobody waits/);
  });

  it('says that a figure cannot be drawn where its program cannot be fetched', async () => {
    const figure = '{ data: [{ y: [1, 2] }], layout: { height: 100 } }';
    const at = await open(
      `import { show } from 'naive-diffusion';\nshow({ 'application/vnd.plotly.v1+json': ${figure} });`,
      '"on"',
    );
    await at.route(/plotly/, (route) => route.abort());
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    expect(await states(at)).toEqual(['done', 'done']);
    await at.locator('#a .fault').waitFor();
    expect(await outputs(at, 'a')).toEqual([expect.stringMatching(/^The figure cannot be drawn: .*plotly/)]);
    expect(faults).toEqual([]);
  });

  it('is as it was before when the runner is taken away', async () => {
    const at = await open('1 +', '2');
    const html = () => at.evaluate(() => document.body.innerHTML.replaceAll(/ (data-state|hidden)="[^"]*"/g, ''));
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    expect(await states(at)).toEqual(['failed', 'idle']);
    await at.evaluate(() => {
      notebook.remove();
    });
    expect(await html()).not.toMatch(/cm-editor|run-cell|fresh|edited/);
    expect(await at.locator('.outputs').allTextContents()).toEqual(['saved', 'saved']);
  });
});
