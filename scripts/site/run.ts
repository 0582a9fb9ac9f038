/** Runs chapters in their pages, in Chromium, as a reader would who presses "Run here" and "Run all". */
import type { Browser, Page } from 'playwright-core';
import { refuseOtherHosts } from './check.ts';

export interface Run {
  /** Cells with a program, and those that came to their end. */
  cells: number;
  done: number;
  /** Outputs below them: pictures, figures, tables, printed lines. */
  outputs: number;
  /** From pressing "Run all" to the end. */
  seconds: number;
  /** Of the cells that took longest: `id: seconds`. */
  slowest: string[];
  /** What went wrong, as the page says it, or as the browser does. */
  faults: string[];
}

export interface RunOptions {
  /** The most seconds that it may take. */
  limit: number;
  /** Programs that take the place of those in the page, by the name of their cell. */
  programs?: ReadonlyMap<string, string>;
  /** Is told the name of each cell that runs for more than a moment. */
  onCell?: (id: string) => void;
}

/** Runs a chapter from its first cell to its last. A request to another host is refused, and a fault. */
export async function runChapter(
  browser: Browser,
  address: string,
  { limit, programs, onCell }: RunOptions,
): Promise<Run> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const faults: string[] = [];
    await refuseOtherHosts(page, address, faults);
    page.on('pageerror', (error) => faults.push(`a script failed: ${error.message}`));
    await page.goto(address, { waitUntil: 'load' });
    await replacePrograms(page, programs ?? new Map<string, string>());
    await page.getByRole('button', { name: 'Run here' }).click();
    const runAll = page.getByRole('button', { name: 'Run all' });
    await runAll.waitFor();
    const begin = Date.now();
    await runAll.click();
    const ended = await untilEnd(page, limit, onCell);
    if (!ended) faults.push(`not at its end after ${limit} seconds`);
    const seconds = (Date.now() - begin) / 1000;
    const state = await stateOf(page);
    return { ...state, seconds, faults: [...faults, ...state.faults] };
  } finally {
    await context.close();
  }
}

async function replacePrograms(page: Page, programs: ReadonlyMap<string, string>): Promise<void> {
  await page.evaluate(
    (entries) => {
      for (const [id, source] of entries) document.querySelector(`[id="${id}"] pre code`)!.textContent = source;
    },
    [...programs],
  );
}

/** Waits until no cell runs or waits; returns whether that came in time. */
async function untilEnd(page: Page, limit: number, onCell?: (id: string) => void): Promise<boolean> {
  const end = Date.now() + limit * 1000;
  let last: string | undefined;
  while (Date.now() < end) {
    const [running, waiting] = await page.evaluate(() => [
      document.querySelector('.cell[data-state="running"]')?.id,
      document.querySelector('.cell[data-state="waiting"]')?.id,
    ]);
    if (!running && !waiting) return true;
    if (running && running !== last) onCell?.(running);
    last = running;
    await page.waitForTimeout(500);
  }
  return false;
}

/** What the page shows of its cells. */
async function stateOf(page: Page): Promise<Omit<Run, 'seconds'>> {
  return page.evaluate(() => {
    const cells = [...document.querySelectorAll<HTMLElement>('.cell')];
    const timed = cells
      .filter(({ dataset }) => dataset.seconds)
      .map(({ id, dataset }) => ({ id, took: dataset.seconds! }));
    timed.sort((a, b) => Number(b.took) - Number(a.took));
    return {
      cells: cells.length,
      done: cells.filter(({ dataset }) => dataset.state === 'done').length,
      outputs: document.querySelectorAll('.outputs.fresh > *').length,
      slowest: timed.slice(0, 4).map(({ id, took }) => `${id}: ${took}`),
      faults: [
        ...cells.filter(({ dataset }) => dataset.state === 'running').map(({ id }) => `cell ${id} still runs`),
        ...Array.from(
          document.querySelectorAll('.fault'),
          (fault) => `cell ${fault.closest('.cell')?.id}: ${fault.textContent}`,
        ),
      ],
    };
  });
}
