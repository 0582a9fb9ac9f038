import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../lib/src/platform/node/chromium.js';
import { faultsOf } from '../../scripts/site/check.js';
import { serveSite } from '../../scripts/site/serve.js';

const folder = mkdtempSync(path.join(tmpdir(), 'site-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const page = (body: string) =>
  `<!doctype html><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">${body}`;

if (!findChromium()) console.warn('skipped: the look at pages needs Chromium or Google Chrome (or CHROME_PATH)');

describe.skipIf(!findChromium())('the look at a page on a phone', () => {
  it('finds nothing wrong with a good page, and each fault of a bad one', async () => {
    writeFileSync(path.join(folder, 'good.html'), page('<p>Good.</p><details><p>More.</p></details>'));
    writeFileSync(
      path.join(folder, 'bad.html'),
      page(
        [
          '<details><div style="width: 500px">wide</div></details>',
          '<img src="none.png"><img src="http://elsewhere.example/x.png">',
          '<figure class="plotly" data-trouble="nothing to draw with">still</figure>',
          '<script>throw new Error("broken")</script>',
        ].join('\n'),
      ),
    );
    const { origin, close } = await serveSite(folder);
    try {
      expect(await faultsOf([`${origin}/good.html`])).toEqual([]);
      const faults = await faultsOf([`${origin}/bad.html`]);
      expect(faults.map((fault) => fault.replace(origin, '').replace(/\d+ pixels/, 'N pixels')).sort()).toEqual([
        '/bad.html: /none.png is missing (404)',
        '/bad.html: /none.png is no picture',
        '/bad.html: a figure has not come to life: nothing to draw with',
        '/bad.html: a script failed: broken',
        '/bad.html: asks for http://elsewhere.example/x.png',
        '/bad.html: http://elsewhere.example/x.png is no picture',
        '/bad.html: is N pixels wider than the screen',
      ]);
    } finally {
      await close();
    }
  });
});
