// npm run chapters [-- 4 …] [-- --screenshots DIR] — runs chapters in full in JupyterLab and saves them with their
// outputs
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { FONT } from '../lib/src/display/theme.js';
import { base64 } from '../lib/src/platform/node/base64.js';
import { launchChromium } from '../lib/src/platform/node/chromium.js';
import { drawFigures } from '../lib/src/platform/node/figures.js';
import { commandLine, Mistake, start, wholeNumber } from './command-line.ts';
import { startJupyter, type JupyterServer } from './chapters/jupyter.js';
import { brokenClaims } from './claims/check.js';
import { openNotebook, runAll, save, screenshots } from './chapters/lab.js';
import { faults, figuresOf, readNotebook, serialize, withOutputs, type Notebook } from './chapters/notebook.js';

const root = resolve(import.meta.dirname, '..');

interface Options {
  screenshots?: string;
  minutes: number;
  notebooks: string;
  venv: string;
}

const command = commandLine(
  'npm run chapters --',
  'Runs chapters in full in JupyterLab, in a Chromium without a window, and saves them with their outputs. ' +
    'A chapter that fails is not saved.',
)
  .argument('[chapter...]', 'number or name, for example 4 or 04-naive-diffusion; without one, all of them')
  .option('--screenshots <folder>', 'also writes pictures of each whole chapter')
  .option('--minutes <n>', 'how long a chapter may take', wholeNumber(), 20)
  .option('--notebooks <folder>', 'where the chapters are', join(root, 'notebooks'))
  .option('--venv <folder>', 'the Python environment with JupyterLab and the kernel', join(root, '.venv'));

async function main(options: Options, wanted: string[]): Promise<void> {
  const folder = resolve(options.notebooks);
  const names = chosen(folder, wanted);
  const venv = resolve(options.venv);
  if (!existsSync(join(venv, 'bin', 'jupyter')))
    throw new Error('JupyterLab is not set up; run npm start -- --no-browser once');
  if (!existsSync(join(root, 'lib', 'dist', 'index.js')))
    throw new Error('the library is not built; run npm run build');
  delete process.env.QUICK; // in full, here and in the kernels
  await checkBackend();

  // The chapters run on copies: what fails leaves the committed files as they are.
  const copies = mkdtempSync(join(tmpdir(), 'naive-diffusion-chapters-'));
  process.once('exit', () => rmSync(copies, { recursive: true, force: true }));
  cpSync(folder, copies, { recursive: true });
  const browser = await launchChromium('npm run chapters');
  const server = await startJupyter({ folder: copies, python: venv });
  let failed = 0;
  try {
    for (const name of names) {
      const began = Date.now();
      const problems = await runChapter(browser, server, name, folder, copies, options);
      console.log(`${problems.length ? 'FAILED' : 'saved '}  ${name}  ${((Date.now() - began) / 1000).toFixed(0)} s`);
      for (const problem of problems) console.log(`    ${problem}`);
      // What the prose says of numbers that have changed.
      if (!problems.length) for (const broken of brokenClaims(join(folder, name))) console.log(`    ${broken}`);
      if (problems.length) failed++;
    }
  } finally {
    await browser.close();
    await server.close();
  }
  if (failed > 0) throw new Error(`${failed} of ${names.length} chapters failed`);
}

/** Runs one chapter and saves it; returns what keeps it from being saved. */
async function runChapter(
  browser: Browser,
  server: JupyterServer,
  name: string,
  folder: string,
  copies: string,
  { minutes, screenshots: pictures }: Options,
): Promise<string[]> {
  const before = readNotebook(join(folder, name));
  writeFileSync(join(copies, name), serialize(withoutOutputs(before)));
  const page = await browser.newPage({ viewport: { width: 1080, height: 1200 } });
  try {
    await openNotebook(page, server, name);
    const complete = await runAll(page, minutes);
    await save(page);
    const after = withOutputs(before, readNotebook(join(copies, name)));
    const problems = faults(after, [root, copies]);
    if (!complete && !problems.length) problems.push('it stopped before its end');
    if (problems.length) return problems;
    await addPictures(after);
    writeFileSync(join(folder, `${name}.tmp`), serialize(after));
    renameSync(join(folder, `${name}.tmp`), join(folder, name));
    // last: nothing is lost if it fails
    if (pictures) await screenshots(page, resolve(pictures), name.replace('.ipynb', ''));
    return [];
  } catch (error) {
    return [(error as Error).message];
  } finally {
    await page.evaluate('globalThis.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()').catch(() => {});
    await page.close();
  }
}

/** Gives every figure a picture, for places that cannot draw it: in its own size, with the typeface of all figures. */
async function addPictures(notebook: Notebook): Promise<void> {
  const figures = figuresOf(notebook);
  if (!figures.length) return;
  const drawn = await drawFigures(
    figures.map(({ figure }) => figure),
    { font: FONT, caller: 'npm run chapters' },
  );
  figures.forEach(({ data }, i) => {
    data['image/png'] = base64(drawn[i]);
  });
}

function withoutOutputs(notebook: Notebook): Notebook {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === 'code' ? { ...cell, outputs: [], execution_count: null } : cell,
    ),
  };
}

/** The files of the chapters that were asked for, by number or by a part of the name. */
function chosen(folder: string, wanted: string[]): string[] {
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort();
  if (!all.length) throw new Mistake(`there are no notebooks in ${folder}`);
  if (!wanted.length) return all;
  return wanted.map((what) => {
    const found = all.find((name) =>
      /^\d+$/.test(what) ? parseInt(name, 10) === Number(what) : name.includes(what.replace(/^.*\//, '')),
    );
    if (!found) throw new Mistake(`there is no chapter ${what}; there are ${all.join(', ')}`);
    return found;
  });
}

/** Chapters are published from full runs: without the native backend they would shrink by themselves. */
async function checkBackend(): Promise<void> {
  const library = await import('naive-diffusion');
  await library.ready();
  if (library.isQuick())
    throw new Error('the native backend is not installed, so the chapters would not run in full; run npm run native');
}

await start(command, main);
