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
const command = commandLine(
  'npx tsx bench/gpu-report.ts',
  'Puts what bench/gpu.sh has found on a card into bench/gpu.md.',
).argument('<folder>', 'where that is');

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

/** What each stage has found, in words; nothing of a stage that has not been run. */
const stages: Record<string, (file: string) => string> = {
  'state.json': (file) => {
    const { backend, megabytes, perStep, read, sent, last } = readJson(file, State);
    return `${backend}. A compiled step over a state of ${megabytes} MB took ${perStep.toFixed(2)} ms, and ended with the value ${last}; to read that state takes ${read.toFixed(0)} ms, and to send it ${sent.toFixed(0)}.`;
  },
  'bench.json': (file) => measured(readJson(file, BenchResult)),
  'xla.json': (file) => {
    const times = Object.entries(readJson(file, BenchResult).workloads).map(
      ([name, { times }]) => `(${name}) ${short(times.ours.median)} ms`,
    );
    return `With \`NAIVE_DIFFUSION_XLA=1\`: ${times.join(', ')}.`;
  },
  'tests.json': (file) => {
    const { numPassedTests, numFailedTests, testResults } = readJson(file, Tests);
    const failed = testResults.flatMap(({ name, status, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
      if (status === 'failed' && tests.length === 0) tests.push('the file did not come to its tests');
      return tests.map((test) => `- ${path.relative(path.join(here, '..'), name)}: ${test}`);
    });
    const list = failed.length > 0 ? `:\n\n${failed.join('\n')}` : '.';
    return `Unit tests: ${numPassedTests} passed, ${numFailedTests} failed${list}`;
  },
  'chapters.txt': (file) => `Chapters, with small budgets:\n\n\`\`\`\n${readFileSync(file, 'utf8').trim()}\n\`\`\``,
};

await start(command, (_, [folder]) => {
  const [name, driver, memory] = readFileSync(path.join(folder, 'card.txt'), 'utf8').trim().split(', ');
  const told = Object.entries(stages)
    .map(([file, tell]) => [path.join(folder, file), tell] as const)
    .filter(([file]) => existsSync(file))
    .map(([file, tell]) => tell(file).trim());
  const text = ['# What a card says', `${name}, ${memory}, driver ${driver}; \`bench/gpu.sh\`.`, ...told].join('\n\n');
  writeWhole('bench/gpu.sh', path.join(here, 'gpu.md'), `${text}\n`);
  return Promise.resolve();
});
