/** `npm run train -- --recipe NAME`: a training run that can be killed at any time and goes on where it last saved. */
import { commandLine, listOf, Mistake, start, wholeNumber } from './command-line.ts';
import { recipeFile, recipeNames } from './training/recipes.ts';
import type { RunOptions } from './training/run.ts';

const command = commandLine('npm run train --', 'Trains a model. Killed at any time, it goes on where it last saved.')
  .option('--recipe <name>', `one of ${recipeNames().join(', ')}, or a file of your own that ends in .ts`)
  .option('--steps <n>', "steps in all, instead of the recipe's own", wholeNumber())
  .option('--out <folder>', 'where runs are kept', 'runs')
  .option('--save-every <n>', 'steps between saves', wholeNumber(), 250)
  .option('--keep <steps>', 'also keep the model after these steps, such as 500,1000,2000', listOf(wholeNumber()), [])
  .option('--fresh', 'start again from step 0', false)
  .option('--publish', 'put the model into data/checkpoints, where pretrained() finds it', false)
  .option('--describe', 'train nothing; write into the published model how its recipe samples now', false);

await start<RunOptions & { describe: boolean }>(command, async (options) => {
  if (!options.recipe) throw new Mistake(`train: --recipe must be one of ${recipeNames().join(', ')}`);
  recipeFile(options.recipe); // a name that is not there is told at once
  const { describeModel, trainModel } = await import('./training/run.ts');
  await (options.describe ? describeModel(options.recipe) : trainModel(options));
});
