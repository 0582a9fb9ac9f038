/** What the pages weigh on their way to a reader, and how long it takes until something is there. */
import type { Browser, Page, Request } from 'playwright-core';

export interface Weight {
  /** Bytes of what the page fetches by itself on a wide screen, compressed as the server sends it. */
  firstView: number;
  /** Bytes of what it fetches more once the reader has touched it, and seconds until the first result. */
  more: number;
  seconds: number;
}

/** Opens a page for the first time, and counts. */
export async function firstView(browser: Browser, address: string): Promise<number> {
  const { firstView: bytes } = await weigh(browser, address, async () => {});
  return bytes;
}

/** Opens the front page for the first time, and has it make a face: up to the first guess that is seen. */
export function firstFace(browser: Browser, address: string): Promise<Weight> {
  return weigh(browser, address, async (page) => {
    await page.getByRole('button', { name: 'Make a face' }).click();
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.face-maker figure:last-child canvas')!;
      // It is empty until then.
      return canvas.getContext('2d')!.getImageData(16, 16, 1, 1).data[3] === 255;
    });
  });
}

/** Opens a chapter for the first time, and runs its first cell: up to its end. */
export function firstCell(browser: Browser, address: string): Promise<Weight> {
  return weigh(browser, address, async (page) => {
    await page.getByRole('button', { name: 'Run here' }).click();
    await page.locator('.run-cell').first().click();
    await page.locator('.cell[data-state="done"]').first().waitFor();
  });
}

/** Counts what comes before and after a reader's touch, each without anything that was fetched before. */
async function weigh(browser: Browser, address: string, touch: (page: Page) => Promise<void>): Promise<Weight> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const sizes: Promise<number>[] = [];
    context.on('requestfinished', (request) => sizes.push(sizeOf(request)));
    const sum = async () => (await Promise.all(sizes.splice(0))).reduce((all, size) => all + size, 0);
    await page.goto(address, { waitUntil: 'networkidle' });
    const before = await sum();
    const begin = performance.now();
    await touch(page);
    const seconds = (performance.now() - begin) / 1000;
    return { firstView: before, more: await sum(), seconds };
  } finally {
    await context.close();
  }
}

/** Head and body of an answer, as they were sent. */
async function sizeOf(request: Request): Promise<number> {
  const { responseHeadersSize, responseBodySize } = await request.sizes();
  return responseHeadersSize + responseBodySize;
}
