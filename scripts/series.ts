/**
 * `npx tsx scripts/series.ts`, after `npm run train -- --recipe denoise-renoise-faces --keep 200,400,750,1500`: what
 * chapter 7 shows of quality against sampling steps and against training, in `data/results/sampling-steps` and
 * `data/results/training`.
 */
import path from 'node:path';
import { commandLine, start } from './command-line.ts';
import { runScript } from './run-script.ts';

const model = 'denoise-renoise-faces';
const samples = ['--samples', '500', '--no-randomness'];

const jobs = [
  ...[1, 2, 4, 8, 16, 32, 64].map((S) => [
    '--checkpoint',
    model,
    '--set',
    `steps=${S}`,
    '--name',
    `${model}-S-${S}`,
    '--series',
    'sampling-steps',
    ...samples,
  ]),
  ...[200, 400, 750, 1500].map((step) => [
    '--checkpoint',
    path.join('runs', model, `${model}-${step}.safetensors`),
    '--set',
    'steps=16',
    '--name',
    `${model}-${step}`,
    '--series',
    'training',
    ...samples,
  ]),
  ['--checkpoint', model, '--set', 'steps=16', '--name', `${model}-3000`, '--series', 'training', ...samples],
];

const command = commandLine(
  'npx tsx scripts/series.ts',
  'Evaluates denoise/renoise by sampling steps and by training, for chapter 7.',
);

async function main(): Promise<void> {
  for (const job of jobs) await runScript(path.join(import.meta.dirname, 'evaluate.ts'), job);
}

await start(command, main);
