/**
 * `npm run site`: the chapters, the guide and the API as a static site in `site/dist`. `site/README.md` says how it is
 * made.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findChromium, launchChromium } from '../lib/src/platform/node/chromium.js';
import { Mistake, commandLine, start, wholeNumber } from './command-line.ts';
import { report } from './setup/report.mjs';
import { buildSite } from './site/build.ts';
import { faultsOf } from './site/check.ts';
import { DOCUMENTS } from './site/documents.ts';
import { fewSteps } from './site/few.ts';
import { linksOf } from './site/links.ts';
import { DIST, ROOT } from './site/paths.ts';
import { runChapter } from './site/run.ts';
import { readSeries, type Chapter } from './site/series.ts';
import { serveSite, type Served } from './site/serve.ts';
import { firstCell, firstFace, firstView } from './site/weigh.ts';

type Report = ReturnType<typeof report>;

interface Options {
  open?: boolean;
  browser: boolean;
  port: number;
  build: boolean;
  base: string;
  check?: boolean;
  external?: boolean;
  run?: true | string[];
  few?: boolean;
  limit: number;
  weigh?: boolean;
}

const command = commandLine('npm run site --', 'Builds the site with all chapters into site/dist.')
  .option('--open', 'serves it on this computer afterwards, and opens a browser')
  .option('--no-browser', 'with --open: prints the address only')
  .option('--port <n>', 'with --open: serves on this port', wholeNumber(1, 65_535), 4173)
  .option('--no-build', 'takes the site as it was built last')
  .option('--base <path>', 'the path under which it will be served', '/')
  .option('--check', 'looks at every chapter in Chromium, on a phone, and follows all links within the site')
  .option('--external', 'lists the links to elsewhere, and the pages that they stand on')
  .option('--run [numbers...]', 'runs chapters in their pages, in Chromium: those of these numbers, or all')
  .option('--few', 'with --run: with little work in their cells')
  .option('--limit <seconds>', 'with --run: the most that one chapter may take', wholeNumber(1, 86_400), 3600)
  .option('--weigh', 'says what the pages weigh, and how long the first picture takes, in Chromium');

async function main(options: Options): Promise<void> {
  const { base } = options;
  if (!/^\/([\w.-]+\/)*$/.test(base)) throw new Mistake(`--base must begin and end with a slash, got ${base}`);
  const numbers = options.run && chaptersOf(options.run);
  const { step, note } = report();
  if (options.build) await buildSite(base, step);
  else if (!existsSync(path.join(DIST, 'index.html'))) throw new Mistake('--no-build: no site has been built yet');

  if (options.external) {
    const { external } = linksOf(DIST, base);
    for (const [address, pages] of [...external].sort()) note(`${address}  ${pages.join(' ')}`);
  }
  if (options.check) await check(base, step, note);
  if (numbers) await runChapters(numbers, options, step, note);
  if (options.weigh) await weigh(base, note);
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

/** The chapters that were asked for. */
function chaptersOf(asked: true | string[]): Chapter[] {
  const series = readSeries(ROOT);
  if (asked === true) return series;
  return asked.map((number) => {
    const chapter = series.find((one) => String(one.number) === number);
    if (!chapter) throw new Mistake(`--run: there are chapters 1 to ${series.length}, got ${number}`);
    return chapter;
  });
}

/** Throws with all that went wrong in the chapters. */
async function runChapters(
  chapters: readonly Chapter[],
  { base, few, limit }: Options,
  step: Report['step'],
  note: Report['note'],
): Promise<void> {
  const browser = await launchChromium('npm run site -- --run'); // first: a server would go on where there is none
  const served = await serveSite(DIST, { base });
  const all: string[] = [];
  try {
    for (const { number, name } of chapters) {
      const address = `${served.origin}${base}chapters/${name}.html`;
      const { faults } = await step(
        name,
        () => runChapter(browser, address, { limit, programs: few ? fewSteps(name) : undefined }),
        ({ done, cells, outputs, slowest }) => `${done} of ${cells} cells, ${outputs} outputs; ${slowest.join(', ')}`,
      );
      for (const fault of faults) note(`  ${fault}`);
      all.push(...faults.map((fault) => `chapter ${number}: ${fault}`));
    }
  } finally {
    await browser.close();
    await served.close();
  }
  if (all.length > 0) throw new Error(`chapters have not come to their ends:\n${all.join('\n')}`);
}

async function weigh(base: string, note: Report['note']): Promise<void> {
  const browser = await launchChromium('npm run site -- --weigh'); // first, as above
  const served = await serveSite(DIST, { base });
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;
  try {
    const views: [page: string, bytes: number][] = [];
    for (const { name } of readSeries(ROOT)) {
      const page = `chapters/${name}`;
      views.push([page, await firstView(browser, served, `${base}${page}.html`)]);
    }
    const [lightest, ...rest] = views.sort((a, b) => a[1] - b[1]);
    const heaviest = rest.at(-1)!;
    note(
      `first view of a chapter: ${kilobytes(lightest[1])} (${lightest[0]}) to ${kilobytes(heaviest[1])} (${heaviest[0]})`,
    );
    const cell = await firstCell(browser, served, `${base}${lightest[0]}.html`);
    note(`"Run here" and the first cell: ${kilobytes(cell.more)} more, ${cell.seconds.toFixed(1)} s`);
    const face = await firstFace(browser, served, `${base}index.html`);
    note(`first view of the front page: ${kilobytes(face.firstView)}`);
    note(`its first face: ${kilobytes(face.more)} more, ${face.seconds.toFixed(1)} s`);
  } finally {
    await browser.close();
    await served.close();
  }
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
