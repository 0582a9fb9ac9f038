/**
 * `npm run sweep -- experiments/FILE.ts`: trains and evaluates every point of a sweep, as tasks of Ray, on this machine
 * or on a cluster, and writes a table and a figure.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Argument, InvalidArgumentError } from 'commander';
import { commandLine, Mistake, oneOf, start, wholeNumber } from './command-line.ts';
import { address } from './sweep/address.ts';

interface Options {
  address?: string;
  cpus: number;
  gpus: number;
  retries: number;
  out: string;
  fresh: boolean;
  list: boolean;
  edited?: 'again' | 'keep';
  install: boolean;
}

const command = commandLine(
  'npm run sweep --',
  'Trains and evaluates every point of a sweep, and writes a table and a figure. Stopped or killed, the same command ' +
    'goes on. What was measured before is kept.',
)
  .addArgument(new Argument('[file]', 'what is swept, such as experiments/step-size.ts'))
  .option('--address <address>', 'a running cluster of Ray, host:port, instead of this machine alone', address)
  .option('--cpus <n>', 'processor cores for each task', wholeNumber(), 1)
  .option('--gpus <share>', 'GPUs for each task; 0.5 lets two share one', share, 0)
  .option('--retries <n>', 'how often a task is begun again when its worker or machine is lost', wholeNumber(0), 3)
  .option('--out <folder>', 'where runs are kept; a cluster goes on best if all machines share it', 'runs/sweep')
  .option('--fresh', 'forget what was trained and measured before', false)
  .option(
    '--edited <what>',
    'what becomes of points whose recipe was edited since: again measures them again, keep keeps them',
    oneOf(['again', 'keep']),
  )
  .option('--list', 'only list the points', false)
  .option('--install', 'only install Ray, for a machine that is to join a cluster', false);

await start<Options>(command, async (options, [file]) => {
  const { installRay } = await import('./sweep/ray.ts');
  if (options.install) return installRay(console.log);
  if (file === undefined) throw new Mistake('sweep: name a file, such as experiments/step-size.ts');
  if (!existsSync(file)) throw new Mistake(`sweep: ${file} is not there`);
  const { sweep } = await import('./sweep/run.ts');
  await sweep({ ...options, file, name: path.basename(file, '.ts') });
});

function share(text: string): number {
  const n = Number(text);
  // Ray gives out parts of one card, or whole ones.
  if (text.trim() === '' || !(n >= 0) || n === Infinity || (n > 1 && !Number.isInteger(n)))
    throw new InvalidArgumentError('expected a share from 0 to 1, or a whole number');
  return n;
}
