/** `npx tsx bench/gpu-report.ts FOLDER`: what bench/gpu.sh has found, as bench/gpu.md. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { writeWhole } from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { readJson } from '../scripts/read-json.ts';
import { BenchResult } from './result.ts';
import { measured, short } from './table.ts';

const here = import.meta.dirname;
const command = commandLine('npx tsx bench/gpu-report.ts', 'Puts what bench/gpu.sh has found on a card into a table.')
  .argument('<folder>', 'where that is')
  .option('--out <file>', 'where the table goes', path.join(here, 'gpu.md'));

/** What bench/gpu-state.ts prints. */
const State = v.object({
  backend: v.string(),
  megabytes: v.number(),
  perStep: v.number(),
  read: v.number(),
  sent: v.number(),
  last: v.number(),
});
/** What vitest's reporter writes, as far as it is told. */
const Tests = v.looseObject({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  testResults: v.array(
    v.looseObject({
      name: v.string(),
      status: v.string(),
      assertionResults: v.array(v.looseObject({ status: v.string(), fullName: v.string() })),
    }),
  ),
});

/** What a stage leaves, and what that says in words. */
interface Stage {
  name: string;
  file: string;
  tell: (file: string) => string;
}

const stages: Stage[] = [
  { name: 'The state of a step', file: 'state.json', tell: tellState },
  { name: 'The benchmark', file: 'bench.json', tell: (file) => measured(readJson(file, BenchResult)) },
  { name: 'The benchmark with XLA', file: 'xla.json', tell: tellCompiled },
  { name: 'Unit tests', file: 'tests.json', tell: tellTests },
  { name: 'Chapters, with small budgets', file: 'chapters.txt', tell: tellChapters },
];

function tellState(file: string): string {
  const { backend, megabytes, perStep, read, sent, last } = readJson(file, State);
  return `${backend}. A compiled step over a state of ${megabytes} MB took ${perStep.toFixed(2)} ms, and ended with the value ${last}; to read that state takes ${read.toFixed(0)} ms, and to send it ${sent.toFixed(0)}.`;
}

function tellCompiled(file: string): string {
  const times = Object.entries(readJson(file, BenchResult).workloads).flatMap(([name, { times }]) =>
    'ours' in times ? [`(${name}) ${short(times.ours.median)} ms`] : [],
  );
  return `With \`NAIVE_DIFFUSION_XLA=1\`: ${times.join(', ')}.`;
}

function tellTests(file: string): string {
  const { numPassedTests, numFailedTests, testResults } = readJson(file, Tests);
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    if (status === 'failed' && tests.length === 0) tests.push('the file did not come to its tests');
    return tests.map((test) => `- ${path.relative(path.join(here, '..'), name)}: ${test}`);
  });
  const list = failed.length > 0 ? `:\n\n${failed.join('\n')}` : '.';
  return `Unit tests: ${numPassedTests} passed, ${numFailedTests} failed${list}`;
}

function tellChapters(file: string): string {
  return `Chapters, with small budgets:\n\n\`\`\`\n${readFileSync(file, 'utf8').trim()}\n\`\`\``;
}

/** What a stage has found, and how it has failed if it did; or that nobody has looked. */
function outcome({ name, file, tell }: Stage, folder: string): string {
  const [found, mark] = [path.join(folder, file), path.join(folder, `${file}.failed`)];
  const failure = existsSync(mark) ? `**${name}: ${readFileSync(mark, 'utf8').trim()}.**` : '';
  const told = existsSync(found) ? tell(found).trim() : '';
  return [told, failure].filter(Boolean).join('\n\n') || `${name}: not run.`;
}

await start<{ out: string }>(command, ({ out }, [folder]) => {
  const cards = readFileSync(path.join(folder, 'card.txt'), 'utf8').trim().split('\n');
  const [name, driver, memory] = cards[0].split(', ');
  const more = cards.length > 1 ? `, the first of ${cards.length} cards` : '';
  const told = stages.map((stage) => outcome(stage, folder));
  const card = `${name}, ${memory}, driver ${driver}${more}; \`bench/gpu.sh\`.`;
  writeWhole('bench/gpu.sh', out, `${['# What a card says', card, ...told].join('\n\n')}\n`);
  return Promise.resolve();
});
