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
  /** What went wrong, as the page says it, or as the browser does. */
  faults: string[];
}

/**
 * Runs a chapter from its first cell to its last.
 * @param limit the most seconds that it may take
 */
export async function runChapter(browser: Browser, address: string, limit: number): Promise<Run> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const faults: string[] = [];
    await refuseOtherHosts(page, address, faults);
    page.on('pageerror', (error) => faults.push(`a script failed: ${error.message}`));
    await page.goto(address, { waitUntil: 'load' });
    await page.getByRole('button', { name: 'Run here' }).click();
    const runAll = page.getByRole('button', { name: 'Run all' });
    await runAll.waitFor();
    const begin = Date.now();
    await runAll.click();
    await page
      .waitForFunction(
        () => !document.querySelector('.cell:is([data-state="waiting"], [data-state="running"])'),
        undefined,
        { timeout: limit * 1000, polling: 500 },
      )
      .catch((error: Error) => faults.push(`not at its end: ${error.message.split('\n')[0]}`));
    const seconds = (Date.now() - begin) / 1000;
    const state = await stateOf(page);
    return { ...state, seconds, faults: [...faults, ...state.faults] };
  } finally {
    await context.close();
  }
}

/** What the page shows of its cells. */
async function stateOf(page: Page): Promise<Omit<Run, 'seconds'>> {
  return page.evaluate(() => ({
    cells: document.querySelectorAll('.cell').length,
    done: document.querySelectorAll('.cell[data-state="done"]').length,
    outputs: document.querySelectorAll('.outputs.fresh > *').length,
    faults: [...document.querySelectorAll('.fault')].map(
      (fault) => `cell ${fault.closest('.cell')?.id}: ${fault.textContent}`,
    ),
  }));
}
