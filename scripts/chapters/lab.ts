import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { JupyterServer } from './jupyter.js';

/* What runs in the page is given as text: the types of JupyterLab are not here. */
const NOTEBOOK = 'globalThis.jupyterapp.shell.currentWidget';

/** Opens a notebook and waits until its kernel is idle. */
export async function openNotebook(page: Page, { url }: JupyterServer, name: string): Promise<void> {
  await page.goto(url.replace('NAME', encodeURIComponent(name)), { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 180_000 });
  await page.waitForFunction(`${NOTEBOOK}?.sessionContext?.session?.kernel?.status === 'idle'`, null, {
    timeout: 180_000,
  });
  await page.evaluate(`(async () => {
    await globalThis.jupyterapp.commands.execute('application:set-mode', { mode: 'single-document' });
    globalThis.jupyterapp.shell.collapseLeft();
    globalThis.jupyterapp.shell.collapseRight();
  })()`);
}

/**
 * Runs all cells, and waits for the end or the first error.
 * @returns whether all cells ran to their end
 * @throws {Error} when it takes longer than `minutes`
 */
export async function runAll(page: Page, minutes: number): Promise<boolean> {
  await page.evaluate(`(() => {
    globalThis.ran = undefined;
    globalThis.jupyterapp.commands.execute('notebook:run-all-cells').then(() => { globalThis.ran = true; }, () => { globalThis.ran = false; });
  })()`);
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; await page.waitForTimeout(250)) {
    if ((await page.evaluate('globalThis.ran')) !== undefined) {
      await page.waitForFunction(`${NOTEBOOK}.sessionContext.session.kernel.status === 'idle'`, null, {
        timeout: 180_000,
      });
      await page.waitForTimeout(1000); // figures that are being drawn
      return (await page.evaluate(
        `globalThis.ran && ![...${NOTEBOOK}.content.model.cells].some((cell) => cell.outputs && cell.outputs.toJSON().some((output) => output.output_type === 'error'))`,
      )) as boolean;
    }
  }
  throw new Error(`it did not end within ${minutes} minutes`);
}

/** Saves the notebook as the browser has it. */
export async function save(page: Page): Promise<void> {
  await page.evaluate(`${NOTEBOOK}.context.save()`);
}

/**
 * Pictures of the whole notebook, one below the other, at most 1,600 pixels high: `NAME-1.png`, `NAME-2.png`, … Returns
 * their paths.
 */
export async function screenshots(page: Page, folder: string, name: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  await page.setViewportSize({ ...page.viewportSize()!, height: 1600 });
  await page.waitForTimeout(1500); // the layout follows
  const scroller = '.jp-NotebookPanel-notebook .jp-WindowedPanel-outer';
  const [height, view] = (await page.evaluate(`(() => {
    const panel = document.querySelector('${scroller}');
    panel.scrollTop = 0;
    const end = Math.max(...[...panel.querySelectorAll('.jp-Cell')].map((cell) => cell.getBoundingClientRect().bottom));
    return [Math.ceil(end - panel.getBoundingClientRect().top) + 10, panel.clientHeight];
  })()`)) as [number, number];
  const files: string[] = [];
  for (let at = 0; at < height; at += view) {
    const scrolled = (await page.evaluate(
      `(() => { const panel = document.querySelector('${scroller}'); panel.scrollTop = ${at}; return panel.scrollTop; })()`,
    )) as number;
    await page.waitForTimeout(400);
    const box = (await page.locator(scroller).boundingBox())!;
    const shown = Math.min(view, height - at);
    files.push(join(folder, `${name}-${files.length + 1}.png`));
    await page.screenshot({
      path: files[files.length - 1],
      clip: { x: box.x, y: box.y + at - scrolled, width: box.width, height: shown },
    });
  }
  return files;
}
