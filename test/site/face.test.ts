import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  clipped,
  evenLevels,
  key,
  last,
  pretrained,
  ready,
  renoise,
  sample,
  tf,
  toBytes,
  type Images,
} from 'naive-diffusion';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { bundleWorkers } from '../../scripts/site/bundle.js';
import { serveSite, type Served } from '../../scripts/site/serve.js';
import type { FaceNews, FaceOrder, FacePictures } from '../../site/run/face-protocol.js';

const MODEL = 'consistent-wide-faces';
if (!findChromium()) console.warn('skipped: the test of faces in a page needs Chromium (or CHROME_PATH)');

/** The same face by the library under Node, as bytes, and a look at it. */
async function faceHere(
  seed: number,
  level: number,
): Promise<{ face: Uint8Array; seen: Uint8Array; guess: Uint8Array }> {
  await ready();
  const { denoise, degradation } = await pretrained(MODEL);
  const guessing = clipped(denoise!);
  const options = { denoise: guessing, degradation: degradation!, rule: renoise(), levels: evenLevels(4) };
  const face = (await last(sample({ ...options, count: 1, seed }))) as Images;
  return tf.tidy(() => {
    const seen = degradation!.at(degradation!.draw(key(seed, 0), face.shape), face, level);
    return { face: toBytes(face), seen: toBytes(seen), guess: toBytes(guessing(seen, level).x0) };
  });
}

/** How far bytes are apart at the most. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe.skipIf(!findChromium())("the front page's worker", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'face-'));
  let [served, browser]: [Served?, Browser?] = [];

  beforeAll(async () => {
    await bundleWorkers(path.join(folder, 'run'));
    const checkpoints = path.join(folder, 'data', 'checkpoints');
    mkdirSync(checkpoints, { recursive: true });
    cpSync(path.join('data', 'checkpoints', `${MODEL}.safetensors`), path.join(checkpoints, `${MODEL}.safetensors`));
    writeFileSync(path.join(checkpoints, 'index.json'), JSON.stringify([`${MODEL}.safetensors`]));
    writeFileSync(path.join(folder, 'page.html'), '<!doctype html><link rel="icon" href="data:,">');
    served = await serveSite(folder);
    browser = await launchChromium('the test of faces in a page');
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true });
  });

  /** What the worker answers to some orders, up to the news that ends them. */
  async function ask(orders: FaceOrder[], pictures: number): Promise<FaceNews[]> {
    const page = await browser!.newPage();
    await page.goto(`${served!.origin}/page.html`);
    const news = await page.evaluate(
      ([all, wanted]) =>
        new Promise<unknown[]>((resolve) => {
          const worker = new Worker('/run/face.js', { type: 'module' });
          const heard: unknown[] = [];
          let seen = 0;
          worker.addEventListener('message', ({ data }: MessageEvent<FaceNews>) => {
            heard.push('seen' in data ? { ...data, seen: [...data.seen], guess: [...data.guess] } : data);
            if (data.kind === 'failed' || (data.kind === 'pictures' && ++seen === wanted)) resolve(heard);
          });
          for (const order of all) worker.postMessage(order);
        }),
      [orders, pictures] as const,
    );
    await page.close();
    return news as FaceNews[];
  }

  it('makes the face that the library makes of this seed elsewhere, and looks at it under its own noise', async () => {
    const settings = { NAIVE_DIFFUSION_DATA: '/data', NAIVE_DIFFUSION_WASM: '/run' };
    const start: FaceOrder = { kind: 'start', settings };
    const news = await ask([start, { kind: 'make', seed: 3 }, { kind: 'look', level: 0.6 }], 6);
    const pictures = news.filter((one): one is FacePictures => one.kind === 'pictures');
    expect(pictures.map(({ level }) => level)).toEqual([1, 0.75, 0.5, 0.25, 0, 0.6]);
    const here = await faceHere(3, 0.6);
    // One step of 256 for what rounds otherwise, and one for what that becomes in four questions.
    expect(apart(pictures[4].guess, here.face)).toBeLessThanOrEqual(2);
    expect(apart(pictures[5].seen, here.seen)).toBeLessThanOrEqual(2);
    expect(apart(pictures[5].guess, here.guess)).toBeLessThanOrEqual(2);
    expect(apart(pictures[0].seen, pictures[4].guess)).toBeGreaterThan(100);
    expect(news.find(({ kind }) => kind === 'made')).toMatchObject({
      about: expect.stringMatching(/WebAssembly/) as string,
    });
  });

  it('says what it misses', async () => {
    const settings = { NAIVE_DIFFUSION_DATA: '/nowhere', NAIVE_DIFFUSION_WASM: '/run' };
    const news = await ask(
      [
        { kind: 'start', settings },
        { kind: 'make', seed: 1 },
      ],
      1,
    );
    expect(news).toEqual([{ kind: 'failed', message: expect.stringMatching(/pretrained/) as string }]);
  });
});
