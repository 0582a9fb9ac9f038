/** Compares operations of random shapes with TensorFlow's own until told to stop, and lists what differs. */
import { commandLine, start, wholeNumber } from '../command-line.ts';

const command = commandLine(
  'npx tsx scripts/fuzz/operations.ts',
  "Compares the library's operations, on random shapes, with TensorFlow's own.",
)
  .option('--cases <n>', 'how many', wholeNumber(), 10_000)
  .option('--seed <n>', 'of the first of them; the next has the next', wholeNumber(0), 1);

await start<{ cases: number; seed: number }>(command, async ({ cases, seed }) => {
  const { Random, ready, tf } = await import('naive-diffusion');
  const { compare, drawOperation } = await import('./drawn-operation.ts');
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
});
