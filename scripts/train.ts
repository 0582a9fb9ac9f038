/** `npm run train -- --recipe NAME`: a training run that can be killed at any time and goes on where it last saved. */
import { commandLine, listOf, Mistake, setting, type Settings, start, wholeNumber } from './command-line.ts';
import type { RecipeOptions } from 'naive-diffusion';
import { recipeFile, recipeNames } from './training/recipes.ts';
import type { RunOptions } from './training/run.ts';

const command = commandLine('npm run train --', 'Trains a model. Killed at any time, it goes on where it last saved.')
  .option('--recipe <name>', `one of ${recipeNames().join(', ')}, or a file of your own that ends in .ts`)
  .option(
    '--option <name=value...>',
    'another value for an option of the recipe, such as rate=0.01 or seed=2',
    setting,
    [],
  )
  .option('--steps <n>', "steps in all, instead of the recipe's own", wholeNumber())
  .option('--out <folder>', 'where runs are kept', 'runs')
  .option('--save-every <n>', 'steps between saves', wholeNumber(), 250)
  .option('--keep <steps>', 'also keep the model after these steps, such as 500,1000,2000', listOf(wholeNumber()), [])
  .option('--wait <seconds>', 'how long to wait for another process that writes the same run', wholeNumber(0), 0)
  .option('--code <fingerprint>', 'refuses a recipe of another fingerprint than that which a sweep began with')
  .option('--fresh', 'start again from step 0', false)
  .option('--publish', 'put the model into data/checkpoints, where pretrained() finds it', false)
  .option('--workers <addresses>', 'trains with others: where each listens, host:port,host:port,…', listOf(String))
  .option('--task <n>', 'which of the workers this is, from 0', wholeNumber(0), 0)
  .option('--timeout <seconds>', 'how long it waits for the others', wholeNumber(), 60)
  .option('--tensorboard <folder>', 'writes loss, rate and steps per second there, for TensorBoard')
  .option('--describe', 'train nothing; write into the published model how its recipe samples now', false);

await start<Omit<RunOptions, 'options'> & { option: Settings; describe: boolean }>(command, async (options) => {
  if (!options.recipe) throw new Mistake(`train: --recipe must be one of ${recipeNames().join(', ')}`);
  recipeFile(options.recipe); // a name that is not there is told at once
  if (options.task >= (options.workers?.length ?? 1))
    throw new Mistake(`train: --task must be below the number of --workers, got ${options.task}`);
  const { describeModel, trainModel } = await import('./training/run.ts');
  await (options.describe
    ? describeModel(options.recipe)
    : trainModel({ ...options, options: Object.fromEntries(options.option) as RecipeOptions }));
});
