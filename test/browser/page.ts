import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../lib/src/platform/node/chromium.js';
import { folderList } from '../../scripts/site/folder-list.ts';
import { bundle } from '../platform/bundle.ts';

const root = resolve(import.meta.dirname, '..', '..');
/** Graphics that a processor draws, so that WebGL runs on every machine. */
const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** What the page is told before it loads the program. */
const settings = { NAIVE_DIFFUSION_DATA: '/data', NAIVE_DIFFUSION_WASM: '/wasm' };
const html = `<!doctype html><meta charset="utf-8"><title>test</title>
<script>globalThis.naiveDiffusion = ${JSON.stringify(settings)}</script>
<script type="module">globalThis.program = await import('/program.js')</script>`;

/** A site of its own with the program bundled for browsers, the data and WebAssembly's files. */
export class Site {
  readonly #server: Server;
  readonly #browser: Browser;
  /** What a page has asked of other hosts. */
  readonly strangers: string[] = [];

  static async open(): Promise<Site> {
    const { outputFiles, warnings } = await bundle({
      entryPoints: [join(import.meta.dirname, 'program.ts')],
      // Else the paths of the project's own configuration would lead to the sources.
      tsconfigRaw: '{}',
    });
    if (warnings.length > 0) throw new Error(`the program is bundled with a warning: ${warnings[0].text}`);
    const [{ contents }] = outputFiles;
    const server = createServer(({ url }, response) => answer(url!, response, contents));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', ...software],
    });
    return new Site(server, browser);
  }

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** A fresh page in which `program` is loaded. Nothing comes from other hosts. */
  async page(): Promise<Page> {
    const { port } = this.#server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const page = await this.#browser.newPage();
    await page.route('**/*', (route) => {
      const address = route.request().url();
      if (address.startsWith(`${origin}/`) || /^(data|blob):/.test(address)) return route.continue();
      this.strangers.push(address);
      return route.abort();
    });
    await page.goto(`${origin}/`);
    await page.waitForFunction('globalThis.program');
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((closed) => this.#server.close(closed));
  }
}

const wasm = join(root, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');

function answer(url: string, response: ServerResponse, program: Uint8Array): void {
  const path = normalize(decodeURIComponent(new URL(url, 'http://site').pathname));
  const send = (type: string, body: string | Uint8Array) => {
    response.writeHead(200, { 'content-type': types[type] });
    response.end(body);
  };
  if (path === '/') return send('.html', html);
  if (path === '/program.js') return send('.js', program);
  const file = path.startsWith('/wasm/') ? join(wasm, path.slice('/wasm/'.length)) : join(root, path);
  const isOurs = path.startsWith('/data/') || path.startsWith('/wasm/');
  if (isOurs && path.endsWith('/index.json') && existsSync(dirname(file)))
    return send('.json', JSON.stringify(folderList(dirname(file))));
  if (!isOurs || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404);
    response.end();
    return;
  }
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}
