/** What the pages weigh on their way to a reader, and how long it takes until something is there. */
import type { Browser, Page } from 'playwright-core';
import type { Served } from './serve.ts';

export interface Weight {
  /** Bytes of what the page fetches by itself on a wide screen, compressed as the server sends it. */
  firstView: number;
  /** Bytes of what it fetches more once the reader has touched it, and seconds until the first result. */
  more: number;
  seconds: number;
}

/**
 * Opens a page for the first time, and counts.
 * @param path of the page on the site, from its base on
 */
export async function firstView(browser: Browser, served: Served, path: string): Promise<number> {
  const { firstView: bytes } = await weigh(browser, served, path, async () => {});
  return bytes;
}

/** Opens the front page for the first time, and has it make a face: up to the first guess that is seen. */
export function firstFace(browser: Browser, served: Served, path: string): Promise<Weight> {
  return weigh(browser, served, path, async (page) => {
    await page.getByRole('button', { name: 'Make a face' }).click();
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.face-maker figure:last-child canvas')!;
      // It is empty until then.
      return canvas.getContext('2d')!.getImageData(16, 16, 1, 1).data[3] === 255;
    });
  });
}

/** Opens a chapter for the first time, and runs its first cell: up to its end. */
export function firstCell(browser: Browser, served: Served, path: string): Promise<Weight> {
  return weigh(browser, served, path, async (page) => {
    await page.getByRole('button', { name: 'Run here' }).click();
    await page.locator('.run-cell').first().click();
    await page.locator('.cell[data-state="done"]').first().waitFor();
  });
}

/** Counts what comes before and after a reader's touch, with nothing that was fetched before. */
async function weigh(
  browser: Browser,
  served: Served,
  path: string,
  touch: (page: Page) => Promise<void>,
): Promise<Weight> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const start = served.sent();
    await page.goto(served.origin + path, { waitUntil: 'networkidle' });
    const before = served.sent();
    const begin = performance.now();
    await touch(page);
    const seconds = (performance.now() - begin) / 1000;
    return { firstView: before - start, more: served.sent() - before, seconds };
  } finally {
    await context.close();
  }
}
