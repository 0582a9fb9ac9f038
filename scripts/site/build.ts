/** Makes the pages of the site out of notebooks, documents and doc comments, and has VitePress build them. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readNotebook } from '../chapters/notebook.ts';
import { bundleWorkers } from './bundle.ts';
import { CARDS, cut } from './cards.ts';
import { copyData } from './data.ts';
import { DOCUMENTS, documentPage } from './documents.ts';
import type { Shelf } from './output.ts';
import { chapterPage, plainText } from './page.ts';
import { DIST, PAGES, ROOT } from './paths.ts';
import { readSeries } from './series.ts';

type Step = (name: string, work: () => Promise<void>) => Promise<void>;

/**
 * Builds the whole site.
 * @param base the path under which it will be served, with a slash at both ends
 * @param step runs a part of the work, and says how long it took
 * @throws {Error} when a page cannot be made, or a link within the site leads nowhere
 */
export async function buildSite(base: string, step: Step): Promise<void> {
  await step('pages', () => writePages(base));
  await step('pages of the API', writeApi);
  await step('site', async () => {
    const { build } = await import('vitepress');
    await build(path.join(ROOT, 'site'), { base });
  });
  await step('programs and data', async () => {
    await bundleWorkers(path.join(DIST, 'run'));
    copyData(path.join(DIST, 'data'));
  });
}

/**
 * Writes all pages but those of the API.
 */
async function writePages(base: string): Promise<void> {
  rmSync(PAGES, { recursive: true, force: true });
  mkdirSync(path.join(PAGES, 'chapters'), { recursive: true });
  cpSync(path.join(ROOT, 'site', 'public'), path.join(PAGES, 'public'), { recursive: true });
  const shelf = shelfIn(path.join(PAGES, 'public', 'out'), `${base}out/`);
  const cards = [];
  for (const chapter of readSeries(ROOT)) {
    const notebook = readNotebook(path.join(ROOT, 'notebooks', `${chapter.name}.ipynb`));
    writeFileSync(path.join(PAGES, 'chapters', `${chapter.name}.md`), chapterPage(notebook, chapter, shelf));
    const picture = shelf.put(await cut(notebook, CARDS[chapter.name]), '.webp');
    cards.push({ ...chapter, about: plainText(chapter.about), picture });
  }
  writeFileSync(path.join(PAGES, 'index.md'), frontPage({ cards }));
  for (const document of DOCUMENTS)
    writeFileSync(path.join(PAGES, `${document.page}.md`), documentPage(ROOT, document, shelf));
}

/** The front page: a component of the theme shows what stands in its head. */
function frontPage(content: object): string {
  const head = { layout: 'page', title: 'Naive diffusion', titleTemplate: false, sidebar: false, ...content };
  return `---\n${JSON.stringify(head)}\n---\n\n<FrontPage />\n`;
}

/** A folder in which each file has the name of what is in it, so that browsers may keep it for ever. */
function shelfIn(folder: string, address: string): Shelf {
  mkdirSync(folder, { recursive: true });
  return {
    put(bytes, ending) {
      const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16) + ending;
      writeFileSync(path.join(folder, name), bytes);
      return address + name;
    },
  };
}

/** Writes the pages of the API, from the doc comments of the library. */
async function writeApi(): Promise<void> {
  const { Application, LogLevel, TSConfigReader, TypeDocReader } = await import('typedoc');
  const app = await Application.bootstrapWithPlugins({ options: path.join(ROOT, 'site', 'typedoc.json') }, [
    new TypeDocReader(),
    new TSConfigReader(),
  ]);
  app.logger.level = LogLevel.Warn;
  const project = await app.convert();
  if (!project) throw new Error('the doc comments of the library could not be read');
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('the doc comments of the library are at fault');
}
