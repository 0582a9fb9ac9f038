/** A program bundled for browsers, in a page of its own. */
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { serveSite } from '../site/serve.ts';
import type { Project } from './project.ts';

/** For hangs only. */
const LIMIT_MS = 600_000;

/** Bundles a program; returns the bytes of the bundle. A warning is an error. */
export async function bundle(project: Project, file: string): Promise<number> {
  mkdirSync(path.join(project.folder, 'site'), { recursive: true });
  const { warnings, metafile } = await build({
    absWorkingDir: project.folder,
    entryPoints: [file],
    outfile: 'site/program.js',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    logLevel: 'silent',
    tsconfigRaw: '{}',
  });
  if (warnings.length > 0) throw new Error(`bundled with a warning: ${warnings[0].text}`);
  return Object.values(metafile.outputs)[0].bytes;
}

/** What the bundle prints in Chromium; undefined where there is none. */
export async function runInPage(project: Project): Promise<string[] | undefined> {
  if (!findChromium()) return undefined;
  const site = path.join(project.folder, 'site');
  const wasm = path.join('@tensorflow', 'tfjs-backend-wasm', 'dist');
  cpSync(path.join(project.folder, 'node_modules', wasm), path.join(site, 'wasm'), { recursive: true });
  project.write(
    'site/index.html',
    `<!doctype html><meta charset="utf-8"><title>stranger</title>
<script>globalThis.naiveDiffusion = { NAIVE_DIFFUSION_WASM: '/wasm' }</script>
<script type="module">await import('/program.js'); document.title = 'done';</script>`,
  );
  const browser = await launchChromium('stranger');
  const served = await serveSite(site);
  try {
    const page = await browser.newPage();
    const lines: string[] = [];
    const errors: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(served.origin);
    const end = Date.now() + LIMIT_MS;
    while ((await page.title()) !== 'done') {
      if (errors.length > 0) throw new Error(`in a page: ${errors.join('\n')}`);
      if (Date.now() > end) throw new Error(`in a page: not at its end after ${LIMIT_MS / 60_000} minutes`);
      await page.waitForTimeout(100);
    }
    return lines;
  } finally {
    await browser.close();
    await served.close();
  }
}
