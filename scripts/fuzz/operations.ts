/** Compares operations of random shapes with TensorFlow's own until told to stop, and lists what differs. */
import { Command, InvalidArgumentError } from 'commander';
import { Random, ready, tf } from 'naive-diffusion';
import { compare, drawOperation } from './drawn-operation.ts';

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const { cases, seed } = new Command('npx tsx scripts/fuzz/operations.ts')
  .description("compares the library's operations, on random shapes, with TensorFlow's own")
  .option('--cases <n>', 'how many', count, 10_000)
  .option('--seed <n>', 'of the first of them; the next has the next', count, 1)
  .parse()
  .opts<{ cases: number; seed: number }>();

await ready();
const verdicts = { equal: 0, refused: 0, wrong: 0 };
for (let i = seed; i < seed + cases; i++) {
  try {
    verdicts[tf.tidy(() => compare(drawOperation(new Random(i)), i) as never) as 'equal' | 'refused']++;
  } catch (error) {
    verdicts.wrong++;
    console.log(`seed ${i}: ${(error as Error).message}`);
  }
}
console.log(`${verdicts.equal} equal, ${verdicts.refused} refused, ${verdicts.wrong} wrong`);
if (verdicts.wrong > 0) process.exitCode = 1;
