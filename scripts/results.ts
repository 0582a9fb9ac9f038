/**
 * `npm run results -- NAME`: measures what takes longer than a chapter, and writes it to data/results/NAME.json, or a
 * folder of that name, where the chapter reads it.
 */
import { Argument, Command } from 'commander';

const [name] = new Command('npm run results --')
  .addArgument(
    new Argument('<name>', 'what to measure; rows whose model has not changed are kept').choices([
      'draws-kept',
      'equal-budget',
      'restoration',
      'steps-and-draws',
      'variety',
    ]),
  )
  .parse().args;
await import(`./results/${name}.ts`);
