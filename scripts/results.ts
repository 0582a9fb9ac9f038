/**
 * `npm run results -- NAME`: measures what takes longer than a chapter, and writes it to data/results/NAME.json, where
 * the chapter reads it. What only trains and evaluates recipes is a sweep instead: `npm run sweep`.
 */
import { Argument } from 'commander';
import { commandLine, start } from './command-line.ts';

const names = [
  'autoguidance',
  'draws-kept',
  'fed-back',
  'guidance',
  'mending',
  'networks',
  'noise-choices',
  'noise-map',
  'ode-bits',
  'one-step',
  'orders',
  'restoration',
  'samplers',
  'small-spaces',
  'step-variances',
  'steps-and-draws',
  'two-halves',
  'variances-and-bits',
  'variety',
];
const command = commandLine(
  'npm run results --',
  'Measures what takes longer than a chapter, for data/results. Rows that were measured in the same way are kept.',
).addArgument(new Argument('<name>', 'what to measure').choices(names));

await start(command, async (_, [name]) => {
  await import(`./results/${name}.ts`);
});
