/**
 * `npm run evaluate -- --checkpoint NAME`: samples from a model, asks all questions of chapter 7, and writes the
 * answers to data/results.
 */
import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { commandLine, Mistake, oneOf, start, wholeNumber } from './command-line.ts';
import { checkpointNames, resultName } from './evaluation/checkpoints.ts';
import type { EvaluateOptions } from './evaluation/run.ts';

/** The least that the distances can be measured with, and all the unseen digits that the reference leaves. */
const [fewest, otherDigits] = [200, 5_000];

const command = commandLine(
  'npm run evaluate --',
  'Samples from a model, asks every question of chapter 7, and writes the answers to data/results.',
)
  .option('--checkpoint <name>', `a model of data/checkpoints (${checkpointNames().join(', ')}), or the path of a file`)
  .option(
    '--real <dataset>',
    'instead of a model: unseen images of digits or faces, for comparison',
    oneOf(['digits', 'faces']),
  )
  .option('--samples <n>', `how many images (default: 10000, or ${otherDigits} real digits)`, wholeNumber(fewest))
  .option('--seed <n>', 'seed of the sampler and of what the metrics draw', wholeNumber(0, 2 ** 31 - 1), 1)
  .option('--batch <n>', 'images sampled together', wholeNumber(), 250)
  .option('--set <option=value...>', 'another value for an option of the sampler, such as steps=16', option, [])
  .option(
    '--import <file>',
    'a file that defines parts of your own, which the checkpoint names; may be given more than once',
    (file: string, others: string[]) => [...others, file],
    [],
  )
  .option(
    '--name <name>',
    'what the result is called; by default as the checkpoint, with the changed options. ' +
      'Needed where a published model has that name',
  )
  .option('--series <name>', 'puts the result into a folder of its own below data/results', '.')
  .option('--out <folder>', 'where samples are kept', 'runs/evaluate')
  .option('--no-randomness', 'leaves out where the randomness comes from, which takes some more samples');

await start<Omit<EvaluateOptions, 'samples'> & { samples?: number }>(command, async (options) => {
  if (!options.checkpoint === !options.real) throw new Mistake('evaluate: give either --checkpoint or --real');
  if (options.real && options.set.length > 0)
    throw new Mistake('evaluate: --set is for a sampler, of which real images have none');
  const samples = options.samples ?? (options.real === 'digits' ? otherDigits : 10_000);
  if (options.real === 'digits' && samples > otherDigits)
    throw new Mistake(`evaluate: --samples must be at most ${otherDigits} for real digits, got ${samples}`);
  const missing = options.import.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Mistake(`evaluate: the file ${missing} of --import is not there`);
  resultName(options); // what is wrong with a checkpoint or a name is told at once
  const { evaluateModel } = await import('./evaluation/run.ts');
  await evaluateModel({ ...options, samples });
});

/** Reads `steps=16`; what looks like a number is one. */
function option(text: string, others: [string, unknown][]): [string, unknown][] {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || value === '')
    throw new InvalidArgumentError('expected an option of the sampler and its value, such as steps=16');
  if (others.some(([other]) => other === name)) throw new InvalidArgumentError(`${name} is given twice`);
  return [...others, [name, Number.isNaN(Number(value)) ? value : Number(value)]];
}
