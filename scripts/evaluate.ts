/**
 * `npm run evaluate -- --checkpoint NAME`: samples from a model, asks all questions of chapter 7, and writes the
 * answers to data/results.
 */
import { existsSync } from 'node:fs';
import { commandLine, Mistake, oneOf, setting, start, wholeNumber } from './command-line.ts';
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
  .option('--set <option=value...>', 'another value for an option of the sampler, such as steps=16', setting, [])
  .option(
    '--import <file>',
    'a file that defines parts of your own, which the checkpoint names; may be given more than once',
    (file: string, others: string[]) => [...others, file],
    [],
  )
  .option('--code <fingerprint>', 'refuses imported files of another fingerprint than that which a sweep began with')
  .option(
    '--name <name>',
    'what the result is called; by default as the checkpoint, with the changed options. ' +
      'Needed where a published model has that name',
  )
  .option('--result <file>', 'the file that the answers are written to (default: data/results/NAME.json)')
  .option('--out <folder>', 'where samples are kept', 'runs/evaluate')
  .option('--wait <seconds>', 'how long to wait for another process that writes the same samples', wholeNumber(0), 0)
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
