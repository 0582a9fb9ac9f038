import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { plotlyPath } from './plotly.js';
import { FONT, fontFiles } from './theme.js';

/**
 * Arguments with which Chromium runs unattended: also as root, in a container, and without asking anything of the
 * network.
 */
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Where Chromium is: `CHROME_PATH` if that is set, else the first of its usual names on the PATH; undefined if there is
 * none.
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (environment.CHROME_PATH) return existsSync(environment.CHROME_PATH) ? environment.CHROME_PATH : undefined;
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...files, ...(process.platform === 'darwin' ? MAC : [])].find((file) => existsSync(file));
}

/**
 * Starts Chromium without a window; the caller closes it.
 * @param caller name of the public function, for the error
 * @throws {Error} that says what to install, when there is no Chromium
 */
export async function launchChromium(caller: string) {
  const executablePath = findChromium();
  if (!executablePath) {
    const wrong = process.env.CHROME_PATH ? ` at CHROME_PATH (${process.env.CHROME_PATH})` : '';
    throw new Error(
      `${caller}: no Chromium was found${wrong}; install Chromium or Google Chrome, or set CHROME_PATH to its program. Figures can be saved as .html without it`,
    );
  }
  const playwright = await import('playwright-core').catch(() => {
    throw new Error(
      `${caller}: the npm package playwright-core, which drives Chromium, is not installed; run npm install playwright-core. Figures can be saved as .html without it`,
    );
  });
  return playwright.chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
}

/** The typeface as CSS, so that a page looks the same on every machine. */
function fontCss(): string {
  return fontFiles()
    .map(
      ({ weight, path }) =>
        `@font-face { font-family: ${FONT}; font-weight: ${weight}; src: url(data:font/ttf;base64,${readFileSync(path).toString('base64')}) }`,
    )
    .join('\n');
}

/**
 * Draws plotly figures as PNG files' bytes, all in one run of Chromium. `scale` is how many pixels of the file a pixel
 * of the figure has.
 */
export async function drawFigures(
  figures: readonly object[],
  { scale = 1, caller = 'Figure.save' } = {},
): Promise<Buffer[]> {
  const browser = await launchChromium(caller);
  try {
    const page = await browser.newPage({ deviceScaleFactor: scale });
    await page.setContent(
      '<!doctype html><meta charset="utf-8"><body style="margin: 0"><div id="figure" style="display: inline-block"></div>',
    );
    await page.addStyleTag({ content: fontCss() });
    await page.addScriptTag({ path: plotlyPath() });
    await page.evaluate(`Promise.all([400, 600].map((weight) => document.fonts.load(weight + ' 13px ${FONT}')))`);
    const drawn: Buffer[] = [];
    for (const figure of figures) {
      await page.evaluate(`(async () => {
        const { data, layout, frames, config } = ${JSON.stringify(figure)};
        const element = document.getElementById('figure');
        Plotly.purge(element);
        await Plotly.newPlot(element, { data, layout, frames, config: { ...config, displayModeBar: false } });
      })()`);
      // not Plotly.toImage, which cannot see the page's fonts
      drawn.push(await page.locator('#figure').screenshot({ type: 'png' }));
    }
    return drawn;
  } finally {
    await browser.close();
  }
}
