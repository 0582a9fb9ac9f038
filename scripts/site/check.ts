/** Looks at the built site as readers do, in Chromium: every chapter, on a phone. */
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../lib/src/platform/node/chromium.js';

/** For hangs only: on a machine that does ten things at once, a figure takes a minute to come to life. */
const HANG_MS = 300_000;

/** A phone, and how wide it is. */
const PHONE = { width: 390, height: 844 };

/**
 * Opens pages on a phone, goes through each to its end, and says what is wrong with it: it can be scrolled sideways,
 * it asks another host for something, something is missing, a figure has not come to life, or a script failed.
 * @param addresses of the pages, each with the site's origin
 * @returns a line for each fault
 */
export async function faultsOf(addresses: readonly string[]): Promise<string[]> {
  const browser = await launchChromium('npm run site');
  try {
    const faults: string[] = [];
    for (const address of addresses) {
      const found = await faultsOfPage(browser, address);
      faults.push(...found.map((fault) => `${new URL(address).pathname}: ${fault}`));
    }
    return faults;
  } finally {
    await browser.close();
  }
}

async function faultsOfPage(browser: Browser, address: string): Promise<string[]> {
  const context = await browser.newContext({ viewport: PHONE, isMobile: true, hasTouch: true });
  const page = await context.newPage();
  page.setDefaultTimeout(HANG_MS);
  const faults: string[] = [];
  await refuseOtherHosts(page, address, faults);
  page.on('pageerror', (error) => faults.push(`a script failed: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.url()} is missing (${response.status()})`);
  });
  try {
    await page.goto(address, { waitUntil: 'networkidle' });
    await scrollThrough(page);
  } catch (error) {
    faults.push(`cannot be gone through: ${(error as Error).message}`);
  }
  const seen = await page.evaluate(
    (width) => ({
      // Not `innerWidth`: a phone makes it as wide as what is too wide.
      overflow: document.documentElement.scrollWidth - width,
      still: Array.from(
        document.querySelectorAll<HTMLElement>('figure.plotly:not(.live)'),
        ({ dataset }) => dataset.trouble,
      ),
      broken: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).map(({ src }) => src),
    }),
    PHONE.width,
  );
  if (seen.overflow > 0) faults.push(`is ${seen.overflow} pixels wider than the screen`);
  for (const trouble of seen.still) faults.push(`a figure has not come to life${trouble ? `: ${trouble}` : ''}`);
  faults.push(...seen.broken.map((source) => `${source} is no picture`));
  await context.close();
  return faults;
}

/** Lets a page ask its own host alone; each other request is refused, and a fault. */
export async function refuseOtherHosts(page: Page, address: string, faults: string[]): Promise<void> {
  const { origin } = new URL(address);
  await page.context().route('**/*', async (route) => {
    const url = route.request().url();
    if (url.startsWith(`${origin}/`) || /^(data|blob):/.test(url)) return route.continue();
    faults.push(`asks for ${url}`);
    return route.abort();
  });
}

/**
 * Goes through a page screen by screen, and waits for what comes into view. All that is folded is opened, again and
 * again: a page that comes to life late, on a busy machine, folds it once more.
 */
async function scrollThrough(page: Page): Promise<void> {
  let at = 0;
  while (at < (await page.evaluate(() => document.documentElement.scrollHeight))) {
    await page.evaluate((y) => {
      window.scrollTo(0, y);
    }, at);
    await page.waitForFunction(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      return [...document.querySelectorAll('figure.plotly:not(.live, [data-trouble])')].every((figure) => {
        const { top, bottom } = figure.getBoundingClientRect();
        return bottom <= 0 || top >= window.innerHeight;
      });
    });
    at += PHONE.height;
  }
}
