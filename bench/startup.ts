/**
 * `npm run bench:startup`: from opening a chapter to its first training step, in the real kernel, cell by cell; and
 * loading data in a fresh process. The library must be built. `npm run bench:startup -- 4` for one chapter only.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { commandLine, start } from '../scripts/command-line.ts';
import { median } from '../scripts/median.ts';
import { readNotebook } from '../scripts/chapters/notebook.ts';
import { Kernel, needBuiltLibrary } from '../test/kernel/client.ts';

const ROUNDS = 3;
const root = path.resolve(import.meta.dirname, '..');
const notebooks = path.join(root, 'notebooks');
const stages = ['kernel', 'import and ready()', 'up to the data', 'up to training', 'first training step'] as const;
type Stage = (typeof stages)[number];
/** Seconds, and of all of it those of processor time, which depend less on what else the machine does. */
type Round = Record<Stage | 'processor', number>;

/**
 * Runs after the first cell, unseen by the chapter: says when an optimizer has taken its first step, and after how much
 * processor time.
 */
const probe = `{
  const { Adam, tf } = await import('naive-diffusion');
  let said = false;
  for (const prototype of [Adam.prototype, tf.Optimizer.prototype] as { minimize: (...args: any[]) => any }[]) {
    const { minimize } = prototype;
    prototype.minimize = function (...args: any[]) {
      const result = minimize.apply(this, args);
      if (!said) console.log('first step taken at', Date.now(), process.cpuUsage().user + process.cpuUsage().system);
      said = true;
      return result;
    };
  }
}`;

const command = commandLine(
  'npm run bench:startup --',
  'From opening a chapter to its first training step, in the real kernel; and loading data in a fresh process.',
).argument('[chapters...]', 'numbers of chapters that train (default: 3 4 5 6)', chapterNumbers);

/** Reads the number of a chapter. */
function chapterNumbers(text: string, others: string[] = []): string[] {
  const numbers = readdirSync(notebooks).flatMap((name) => /^0*(\d+)-.*\.ipynb$/.exec(name)?.[1] ?? []);
  if (!numbers.includes(text)) throw new InvalidArgumentError(`expected one of ${numbers.join(', ')}`);
  return [...others, text];
}

async function main(chapters: string[]): Promise<void> {
  needBuiltLibrary();
  console.log(
    `${os.cpus()[0].model}, ${os.availableParallelism()} cores; medians of ${ROUNDS}, with the fastest and the slowest`,
  );
  for (const chapter of chapters) {
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await open(chapter));
    const total = rounds.map((round) => stages.reduce((sum, stage) => sum + round[stage], 0));
    console.log(
      `chapter ${chapter}: ${stages.map((stage) => `${stage} ${seconds(rounds.map((round) => round[stage]))}`).join(', ')}; in all ${seconds(total)}, of processor time ${seconds(rounds.map((round) => round.processor))}`,
    );
  }
  for (const load of ['loadDigits', 'loadFaces']) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(await freshly(load));
    console.log(`${load}() in a fresh process: ${seconds(times)}`);
  }
}

/** Seconds of each stage, from the start of a kernel to the first training step of a chapter. */
async function open(chapter: string): Promise<Round> {
  const cells = codeCells(chapter);
  const loads = cells.findIndex((source) => /await load(Digits|Faces)\(/.test(source));
  const taken = Object.fromEntries([...stages, 'processor'].map((part) => [part, 0])) as Round;
  let begin = Date.now();
  const lap = (stage: Stage, now = Date.now()) => {
    taken[stage] += (now - begin) / 1000;
    begin = now;
  };
  const kernel = await Kernel.start({ folder: notebooks, env: { QUICK: '0' } });
  try {
    lap('kernel');
    for (const [i, source] of cells.entries()) {
      const id = await kernel.start(source);
      const ended = kernel.result(id);
      ended.catch(() => {}); // a training cell has no time to end
      await Promise.race([ended, kernel.printed(id, 'first step taken')]);
      const step = kernel
        .outputs(id)
        .map(({ content }) => /first step taken at (\d+) (\d+)/.exec((content as { text: string }).text))
        .find(Boolean);
      if (step) {
        lap('first training step', Number(step[1])); // the cell may keep what it prints to itself until it ends
        return { ...taken, processor: Number(step[2]) / 1e6 };
      }
      lap(i === 0 ? 'import and ready()' : i <= loads ? 'up to the data' : 'up to training');
      const { error } = await ended;
      if (error) throw new Error(`chapter ${chapter}: ${error.ename}: ${error.evalue}`);
      if (i === 0) {
        await kernel.run(probe);
        begin = Date.now();
      }
    }
    throw new Error(`chapter ${chapter} does not train`);
  } finally {
    await kernel.stop();
  }
}

function codeCells(chapter: string): string[] {
  const file = readdirSync(notebooks).find(
    (name) => name.startsWith(chapter.padStart(2, '0')) && name.endsWith('.ipynb'),
  );
  if (!file) throw new Error(`bench:startup: there is no chapter ${chapter}`);
  const { cells } = readNotebook(path.join(notebooks, file));
  return cells.filter(({ cell_type }) => cell_type === 'code').map(({ source }) => [source].flat().join(''));
}

async function freshly(load: string): Promise<number> {
  const program = `import { ${load} } from 'naive-diffusion'; const begin = performance.now(); await ${load}(); console.log((performance.now() - begin) / 1000);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
  });
  return Number(stdout);
}

function seconds(times: number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${median(times).toFixed(2)} s (${sorted[0].toFixed(2)} to ${sorted.at(-1)!.toFixed(2)})`;
}

await start(command, (_, chapters) => main(chapters.length > 0 ? chapters.flat() : ['3', '4', '5', '6']));
