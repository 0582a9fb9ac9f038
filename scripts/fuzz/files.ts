/**
 * `npx tsx scripts/fuzz/files.ts [TIMES] [SEED]`: damages every kind of file that the library loads, 10,000 times each
 * by default, and counts what comes of it. It fails where an error is unclear, something wrong is loaded, or a load
 * does not end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Argument } from 'commander';
import { commandLine, start, wholeNumber } from '../command-line.ts';

const command = commandLine(
  'npx tsx scripts/fuzz/files.ts',
  'Damages every kind of file that the library loads, and counts what comes of it.',
)
  .addArgument(new Argument('[times]', 'how often each').argParser(wholeNumber()).default(10_000))
  .addArgument(new Argument('[seed]', 'of what is damaged, and how').argParser(wholeNumber(0)).default(1));

await start(command, async () => {
  const [times, seed] = command.processedArgs as [number, number];
  const { ready } = await import('naive-diffusion');
  const { makeKinds } = await import('./kinds.ts');
  const { tally, verdicts } = await import('./verdicts.ts');
  await ready();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'naive-diffusion-fuzz-'));
  const examples: string[] = [];
  try {
    const kinds = await makeKinds(folder);
    console.log(`| file | ${verdicts.join(' | ')} |\n| --- |${' ---: |'.repeat(verdicts.length)}`);
    for (const kind of kinds) {
      const found = await tally(kind, times, seed);
      console.log(
        `| ${kind.name} | ${verdicts.map((verdict) => found.counts[verdict].toLocaleString('en')).join(' | ')} |`,
      );
      examples.push(...found.examples);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const example of examples.slice(0, 20)) console.log(example);
  if (examples.length > 0) process.exitCode = 1;
});
