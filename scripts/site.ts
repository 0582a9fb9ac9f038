/**
 * `npm run site`: the chapters, the guide and the API as a static site in `site/dist`. `site/README.md` says how it is
 * made.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findChromium } from '../lib/src/platform/node/chromium.js';
import { Mistake, commandLine, start, wholeNumber } from './command-line.ts';
import { report } from './setup/report.mjs';
import { buildSite } from './site/build.ts';
import { faultsOf } from './site/check.ts';
import { DOCUMENTS } from './site/documents.ts';
import { linksOf } from './site/links.ts';
import { DIST, ROOT } from './site/paths.ts';
import { readSeries } from './site/series.ts';
import { serveSite, type Served } from './site/serve.ts';

type Report = ReturnType<typeof report>;

interface Options {
  open?: boolean;
  browser: boolean;
  port: number;
  build: boolean;
  base: string;
  check?: boolean;
  external?: boolean;
}

const command = commandLine('npm run site --', 'Builds the site with all chapters into site/dist.')
  .option('--open', 'serves it on this computer afterwards, and opens a browser')
  .option('--no-browser', 'with --open: prints the address only')
  .option('--port <n>', 'with --open: serves on this port', wholeNumber(1, 65_535), 4173)
  .option('--no-build', 'takes the site as it was built last')
  .option('--base <path>', 'the path under which it will be served', '/')
  .option('--check', 'looks at every chapter in Chromium, on a phone, and follows all links within the site')
  .option('--external', 'lists the links to elsewhere, and the pages that they stand on');

async function main(options: Options): Promise<void> {
  const { base } = options;
  if (!/^\/([\w.-]+\/)*$/.test(base)) throw new Mistake(`--base must begin and end with a slash, got ${base}`);
  const { step, note } = report();
  if (options.build) await buildSite(base, step);
  else if (!existsSync(path.join(DIST, 'index.html'))) throw new Mistake('--no-build: no site has been built yet');

  if (options.external) {
    const { external } = linksOf(DIST, base);
    for (const [address, pages] of [...external].sort()) note(`${address}  ${pages.join(' ')}`);
  }
  if (options.check) await check(base, step, note);
  if (options.open) await serve(options, note);
}

/** Throws with all that is wrong with the built site. */
async function check(base: string, step: Report['step'], note: Report['note']): Promise<void> {
  const { broken } = await step(
    'links',
    () => linksOf(DIST, base),
    ({ broken }) => `${broken.length} lead nowhere`,
  );
  const faults = findChromium() ? await lookAtPages(base, step) : [];
  if (!findChromium()) note('The look at the pages is left out: it needs Chromium or Google Chrome (or CHROME_PATH).');
  const all = [...broken, ...faults];
  if (all.length > 0) throw new Error(`the site has faults:\n${all.map((fault) => `  ${fault}`).join('\n')}`);
}

/** Serves the built site, and opens each chapter and some other pages in Chromium. */
async function lookAtPages(base: string, step: Report['step']): Promise<string[]> {
  const served = await serveSite(DIST, { base });
  const chapters = readSeries(ROOT).map(({ name }) => `chapters/${name}`);
  const documents = DOCUMENTS.map(({ page }) => page);
  const pages = ['index', ...documents, 'api/index', 'api/functions/trainDenoiser', ...chapters];
  return step(
    'on a phone',
    () => faultsOf(pages.map((page) => `${served.origin}${base}${page}.html`)),
    (found) => `${pages.length} pages, ${found.length} faults`,
  ).finally(() => served.close());
}

/** Serves the site until this process is told to end. */
async function serve({ base, port, browser }: Options, note: Report['note']): Promise<void> {
  const served: Served = await serveSite(DIST, { base, port });
  const address = `${served.origin}${base}`;
  note(`${address}  (Ctrl-C ends it)`);
  if (browser) {
    const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [address], { stdio: 'ignore' });
    opener.on('error', () => {
      note('No browser was found to open it in.');
    });
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => {
      resolve();
    });
  });
  await served.close();
}

await start(command, main);
