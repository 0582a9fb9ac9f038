/**
 * `npx tsx bench/report.ts`: puts bench/results.json, and bench/more-results.json, bench/growth.json and
 * bench/pictures.json where they exist, into bench/README.md, as tables and figures.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { barChart, type Figure, writeWhole } from 'naive-diffusion';
import { FONT } from '../lib/src/display/theme.js';
import { drawFigures } from '../lib/src/platform/node/figures.js';
import { commandLine, start } from '../scripts/command-line.ts';
import { readJson } from '../scripts/read-json.ts';
import { readPictures, reportPictures } from './report-pictures.ts';
import { BenchResult, type Result } from './result.ts';
import { withSection } from './section.ts';
import { measured, names, short } from './table.ts';

const here = import.meta.dirname;
/** Where other workloads are, and how times grow, when they were measured by themselves. */
const [moreFile, growthFile] = ['more-results.json', 'growth.json'].map((name) => path.join(here, name));
const command = commandLine(
  'npx tsx bench/report.ts',
  'Puts bench/results.json, and what lies beside it of more measurements, into bench/README.md, as tables and figures.',
);

async function main(): Promise<void> {
  const result: Result = readJson(path.join(here, 'results.json'), BenchResult);
  const more = existsSync(moreFile) ? readJson(moreFile, BenchResult) : undefined;
  const grown: Result = existsSync(growthFile) ? readJson(growthFile, BenchResult) : result;
  const growth = grown.growth.map(
    ({ side, what, numbers, seconds, exponent }) =>
      `| ${names[side]} | ${{ batch: 'images in a batch', size: 'side of the images', S: 'sampling steps' }[what] ?? what}: ${numbers.join(', ')} | ${seconds.map(short).join(', ')} | ${exponent.toFixed(2)} |`,
  );

  const pictures = readPictures(here);
  const judged = pictures && (await reportPictures(pictures, here));
  const text = `${measured(result)}
![PyTorch's time over the library's](ratios.png)
${more ? `\nThe other workloads:\n\n${measured(more)}` : ''}${
    growth.length
      ? `
Milliseconds for one image of chapter 4's network in 16 steps, in batches of 16 at 32×32, where one number varies; and p, where time grows as that number to the power p (${grown.date}):

| | what varies | ms an image | p |
| --- | --- | --- | ---: |
${growth.join('\n')}
`
      : ''
  }${judged ? `\n${judged.text}` : ''}`;

  const readme = path.join(here, 'README.md');
  writeWhole('report', readme, withSection(await readFile(readme, 'utf8'), 'results', text, readme));
  const all = { ...result.workloads, ...more?.workloads };
  const ratios = { ...result.ratios, ...more?.ratios };
  const letters = Object.keys(ratios);
  const series = {
    PyTorch: letters.map((l) => ratios[l]),
    ...(Object.keys(result.ratiosCompiled).length && {
      'torch.compile': letters.map((l) => result.ratiosCompiled[l] ?? 0),
    }),
  };
  const figure = barChart({
    labels: letters.map((l) => `(${l}) ${all[l].about}`),
    series,
    horizontal: true,
    title: "PyTorch's time over the library's",
    caption: 'Above 1, the library is faster. torch.compile was not tried on all.',
    xTitle: 'ratio of median times',
    height: 120 + 60 * letters.length,
  });
  const figures: Record<string, Figure> = { 'ratios.png': figure, ...judged?.figures };
  const drawn = await drawFigures(
    Object.values(figures).map(({ json }) => json),
    { font: FONT, caller: 'report' },
  );
  Object.keys(figures).forEach((name, i) => {
    writeWhole('report', path.join(here, name), drawn[i]);
  });
}

await start(command, main);
