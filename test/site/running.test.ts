import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, ElementHandle, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { bundleWorkers } from '../../scripts/site/bundle.js';
import { refuseOtherHosts } from '../../scripts/site/check.js';
import { escapeHtml } from '../../scripts/site/output.js';
import { serveSite, type Served } from '../../scripts/site/serve.js';
import type { RunningNotebook } from '../../site/.vitepress/theme/run/notebook.js';

declare const notebook: RunningNotebook;

const here = import.meta.dirname;
/** The address of the editor's program. */
const EDITOR = /editor-\w+\.js/;

if (!findChromium())
  console.warn('skipped: the test of running pages needs Chromium or Google Chrome (or CHROME_PATH)');

describe.skipIf(!findChromium())('a page with cells', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'running-'));
  /** What the page that is open has asked of other hosts, and what of its own programs has failed. */
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

  afterEach(() => {
    expect(faults).toEqual([]);
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
    faults.length = 0;
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

  /** Keeps the editor's program from coming, until what is returned is called. */
  async function holdEditor(at: Page): Promise<() => void> {
    let letGo: () => void;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await at.route(EDITOR, async (route) => {
      await held;
      await route.fallback();
    });
    return () => {
      letGo();
    };
  }

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
  });

  it('frees a figure that another takes the place of, and the last one when the cell is run again', async () => {
    const at = await open('1');
    const show = (y: number[]) =>
      at.evaluate((values) => {
        const figure = { data: [{ y: values }], layout: { height: 100 } };
        notebook.cells[0].outputs.shown({ 'application/vnd.plotly.v1+json': figure }, 'one', true);
      }, y);
    const drawn = async () => (await at.waitForSelector('#a .js-plotly-plot')).asElement();
    // Plotly keeps what it has drawn at its element until it is told to let go.
    const isFree = (box: ElementHandle) => box.evaluate((element) => !('_fullLayout' in element));
    await show([1, 2]);
    const first = await drawn();
    expect(await isFree(first)).toBe(false);
    await show([2, 1]);
    expect(await isFree(first)).toBe(true);
    const second = await drawn();
    expect(await isFree(second)).toBe(false);
    await at.locator('#a .run-cell').click();
    await ended(at);
    expect(await isFree(second)).toBe(true);
  });

  it('goes on where no editor can be fetched, says so when asked for one, and fetches it once that is possible', async () => {
    const at = await open('\nnone;', "'on'");
    await at.route(EDITOR, (route) => route.abort());
    await at.evaluate(() => notebook.runAll());
    await ended(at);
    const failed = 'ReferenceError (line 2): none is not defined';
    expect(await outputs(at, 'a')).toEqual([failed]);
    for (let i = 0; i < 2; i++) {
      await Promise.all([at.waitForEvent('requestfailed'), at.locator('#a code').click()]);
      await at.locator('#a .fault', { hasText: 'editor' }).waitFor();
    }
    expect(await outputs(at, 'a')).toEqual([failed, expect.stringMatching(/^Error: the editor cannot be fetched: /)]);

    await at.unroute(EDITOR);
    await at.locator('#a code').click();
    expect(await at.locator('#a .cm-lintRange-error').textContent()).toBe('none;');
    expect(await outputs(at, 'a')).toEqual([failed]);
  });

  it('runs what waits while the editor of a cell that failed is being fetched, and underlines the line then', async () => {
    const at = await open('none;', "'ran'");
    const fetchEditor = await holdEditor(at);
    await at.locator('#a .run-cell').click();
    await at.locator('#a .fault').waitFor();
    await at.locator('#b .run-cell').click();
    await ended(at);
    expect([await states(at), await outputs(at, 'b')]).toEqual([['failed', 'done'], ['ran\n']]);
    fetchEditor();
    expect(await at.locator('#a .cm-lintRange-error').textContent()).toBe('none;');
  });

  it('stays as it was when an editor comes, or a cell ends, after the runner was taken away', async () => {
    const at = await open("console.log('runs');\nfor (;;);");
    const fetchEditor = await holdEditor(at);
    const [request] = await Promise.all([at.waitForRequest(EDITOR), at.locator('#a code').click()]);
    await at.evaluate(() => notebook.runAll());
    await at.locator('.outputs.fresh', { hasText: 'runs' }).waitFor();
    await at.evaluate(() => {
      notebook.remove();
    });
    fetchEditor();
    // The page's own import comes to its end before this one.
    await at.evaluate(`import(${JSON.stringify(request.url())}).then(() => new Promise(requestAnimationFrame))`);
    expect(await at.locator('.cm-editor, .edited, [data-state]').count()).toBe(0);
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
