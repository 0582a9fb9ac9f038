import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'acorn';
import sharp from 'sharp';
import { binomial, ready, residualUnet, saveCheckpoint } from 'naive-diffusion';
import { describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../lib/src/platform/node/chromium.js';
import { type Cell, readNotebook } from '../../scripts/chapters/notebook.js';
import { notebookMetadata } from '../../scripts/kernel/language.mjs';
import { type Part, cut } from '../../scripts/site/cards.js';
import { refuseOtherHosts } from '../../scripts/site/check.js';
import { chapterPage } from '../../scripts/site/page.js';
import { readSeries } from '../../scripts/site/series.js';
import { serveSite } from '../../scripts/site/serve.js';
import { compileCell } from '../../site/run/cell.js';
import { needBuiltLibrary } from '../kernel/client.js';
import { temporaryFolder } from '../setup/support.js';
import { markedBlocks, pageBlocks, readme } from './blocks.js';

const root = path.resolve(import.meta.dirname, '..', '..');

/** What the README tells to add, of a notebook that is called so. */
const NAME = '19-my-idea';
const row = new RegExp(`\`(\\| 19 \\| .*notebooks/${NAME}\\.ipynb.* \\|)\``).exec(readme)![1];
const [, cell, numbers] = new RegExp(`\`'${NAME}': \\{ cell: '(\\w+)', (.*) \\},\``).exec(readme)!;
const part = Object.fromEntries(
  numbers.split(', ').map((pair) => [pair.split(': ')[0], Number(pair.split(': ')[1])]),
) as unknown as Omit<Part, 'cell'>;

describe('a notebook of a reader, as the README says', () => {
  it('becomes a page with its outputs, a picture on the front page, and cells that run there', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'notebooks'));
    writeFileSync(path.join(folder, 'README.md'), `# Mine\n\n${row}\n`);
    const size = { width: part.left + part.width, height: part.top + part.height };
    const picture = await sharp({ create: { ...size, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const [program] = markedBlocks();
    const cells: Cell[] = [
      { cell_type: 'markdown', id: 'words', metadata: {}, source: '# My idea' },
      {
        cell_type: 'code',
        id: cell,
        metadata: {},
        source: program,
        execution_count: 1,
        outputs: [{ output_type: 'display_data', data: { 'image/png': picture.toString('base64') } }],
      },
    ];
    const file = path.join(folder, 'notebooks', `${NAME}.ipynb`);
    writeFileSync(file, JSON.stringify({ cells, metadata: notebookMetadata(), nbformat: 4, nbformat_minor: 5 }));

    const [chapter, ...others] = readSeries(folder);
    expect(others).toEqual([]);
    expect(chapter).toMatchObject({ number: 19, name: NAME, title: 'My idea', time: '1 min' });
    const notebook = readNotebook(file);
    const kept: string[] = [];
    const put = (_: Uint8Array, ending: string) => `/out/${kept.push(ending)}${ending}`;
    const page = chapterPage(notebook, chapter, { put });
    expect(page).toContain('# My idea');
    expect(page).toContain("from 'naive-diffusion';");
    expect(kept).toHaveLength(1);
    expect((await sharp(await cut(notebook, { cell, ...part })).metadata()).width).toBe(Math.round(part.width / 2));
    const { code } = compileCell(program);
    expect(() => parse(`(async function (__cell) {\n${code}\n})`, { ecmaVersion: 'latest' })).not.toThrow();
  });
});

describe.skipIf(!findChromium())('a program of a reader as a page, as the README says', () => {
  it('is built by the commands there, and paints in a browser what the model makes', async () => {
    needBuiltLibrary();
    await ready({ backend: 'cpu' });
    const { program, page, commands } = pageBlocks();
    const folder = temporaryFolder();
    const project = path.join(folder, 'project');
    mkdirSync(path.join(project, 'node_modules', '.bin'), { recursive: true });
    symlinkSync(root, path.join(folder, 'nd'));
    symlinkSync(path.join(root, 'lib'), path.join(project, 'node_modules', 'naive-diffusion')); // as npm i does
    symlinkSync(
      path.join(root, 'node_modules', 'esbuild', 'bin', 'esbuild'),
      path.join(project, 'node_modules', '.bin', 'esbuild'),
    );
    writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(project, 'page.ts'), program);
    writeFileSync(path.join(project, 'index.html'), page);
    const network = residualUnet({
      channels: 1,
      widths: [8],
      blocks: 1,
      dense: 0,
      conditions: { digit: 10 },
      groups: 4,
    });
    const degradation = binomial();
    await saveCheckpoint(path.join(project, 'digits.safetensors'), network, { degradation });
    const [install, ...others] = commands.trim().split('\n');
    expect(install).toBe('npm i ../nd/lib esbuild');
    const serve = others.pop();
    expect(serve).toMatch(/^npx esbuild --servedir=\. /);
    for (const line of others) {
      const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: project, encoding: 'utf8' });
      expect([status, stderr.match(/warning/i)], `${line}\n${stderr}`).toEqual([0, null]);
    }

    const served = await serveSite(project);
    const browser = await launchChromium('the test of a page of your own');
    try {
      const tab = await browser.newPage();
      const faults: string[] = [];
      await refuseOtherHosts(tab, served.origin, faults);
      const failed = new Promise<never>((_, reject) => tab.on('pageerror', reject));
      await tab.goto(`${served.origin}/index.html`);
      const isThere = () => document.querySelector('img')?.naturalWidth;
      await Promise.race([tab.waitForFunction(isThere, undefined, { timeout: 600_000 }), failed]);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await served.close();
    }
  });
});
