import { readFileSync } from 'node:fs';
import type { DrawingOptions } from '../types.js';
import { launchChromium } from './chromium.js';
import { fontCss } from './fonts.js';
import { optionalFile } from './optional.js';

/** The file of plotly.js, which draws figures in web pages. */
function plotlyPath(): string {
  return optionalFile('plotly.js-dist', 'figures as files need');
}

/** What gives a web page plotly.js: an HTML element that needs nothing from the network. */
export function plotlyElement(): string {
  return `<script>${readFileSync(plotlyPath(), 'utf8').replaceAll('</script', '<\\/script')}</script>`;
}

/**
 * Draws plotly figures as PNG files' bytes, all in one run of Chromium.
 * @throws {Error} that says what to install, when there is no Chromium
 */
export async function drawFigures(
  figures: readonly object[],
  { font, scale = 1, caller = 'Figure.save' }: DrawingOptions,
): Promise<Uint8Array[]> {
  const browser = await launchChromium(caller);
  try {
    const page = await browser.newPage({ deviceScaleFactor: scale });
    await page.setContent(
      '<!doctype html><meta charset="utf-8"><body style="margin: 0"><div id="figure" style="display: inline-block"></div>',
    );
    await page.addStyleTag({ content: fontCss(font) });
    await page.addScriptTag({ path: plotlyPath() });
    await page.evaluate(`Promise.all([400, 600].map((weight) => document.fonts.load(weight + ' 13px ${font}')))`);
    const drawn: Uint8Array[] = [];
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
