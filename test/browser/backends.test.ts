import type { Page } from 'playwright-core';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../../lib/src/platform/node/chromium.js';
import { Site } from './page.ts';
import * as program from './program.ts';

const chromium = findChromium();
if (!chromium) console.warn('skipped: the tests in a page need Chromium or Google Chrome (or CHROME_PATH)');

/** The largest difference of losses and of samples from native TensorFlow's: both round in their own way. */
const tolerance = { wasm: { loss: 1e-5, sample: 1e-4 }, webgl: { loss: 1e-3, sample: 1e-2 } } as const;

describe.skipIf(!chromium)('in a page', () => {
  let site: Site;
  let native: Awaited<ReturnType<typeof program.train>>;
  let shipped: Awaited<ReturnType<typeof program.samplePretrained>>;
  beforeAll(async () => {
    site = await Site.open();
    native = await program.train('native');
    shipped = await program.samplePretrained('native');
  });
  afterAll(() => site?.close());

  test('without a graphics card WebAssembly is chosen, which says why', async () => {
    const page = await site.page();
    const info = await page.evaluate('program.chosen()');
    expect(info).toMatchObject({
      name: 'wasm',
      device: 'CPU',
      why: expect.stringMatching(/software .*SwiftShader/) as string,
    });
    await page.close();
  });

  describe.each(['wasm', 'webgl'] as const)('%s', (backend) => {
    let page: Page;
    beforeAll(async () => {
      page = await site.page();
    });
    afterAll(() => page?.close());
    const run = <R>(call: string) => page.evaluate(`program.${call}`) as Promise<R>;

    test('trains and samples as native TensorFlow does', async () => {
      const here = await run<typeof native>(`train('${backend}')`);
      for (const [name, { losses, sample }] of Object.entries(native)) {
        const loss = farthest(here[name].losses, losses);
        const image = farthest(here[name].sample, sample);
        console.log(
          `${backend}, ${name}: losses within ${loss.toExponential(1)}, samples within ${image.toExponential(1)}`,
        );
        expect(loss, `losses of ${name}`).toBeLessThan(tolerance[backend].loss);
        expect(image, `samples of ${name}`).toBeLessThan(tolerance[backend].sample);
      }
    });

    test('samples from a model of the site, and draws it', async () => {
      const here = await run<typeof shipped>(`samplePretrained('${backend}')`);
      expect(farthest(here.sample, shipped.sample)).toBeLessThan(tolerance[backend].sample);
      const [one, other] = [here, shipped].map(({ png }) => decode(Uint8Array.from(png)));
      expect([one.width, one.height]).toEqual([other.width, other.height]);
      const [a, b] = [one, other].map(({ data, channels }) => data.filter((_, i) => channels === 3 || i % 4 < 3));
      expect(farthest(a, b)).toBeLessThanOrEqual(Math.ceil(255 * tolerance[backend].sample));
    });

    test('keeps nothing of 200 samples', async () => {
      const [first, last] = await run<Awaited<ReturnType<typeof program.memory>>>(`memory(200, '${backend}')`);
      expect(last).toEqual(first);
    });

    test('a stop ends training after the step in progress', async () => {
      const press = `() => dispatchEvent(new Event('naive-diffusion-stop'))`;
      const result = await run<Awaited<ReturnType<typeof program.stopped>>>(`stopped(${press}, '${backend}')`);
      expect(result).toMatchObject({ ending: 'stopped', after: 3, usable: true });
      expect(result.steps).toBeGreaterThan(0);
    });
  });

  test('nothing is asked of other hosts', () => expect(site.strangers).toEqual([]));
});

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(0);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
