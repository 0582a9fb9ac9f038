/**
 * `npx tsx scripts/fuzz/files.ts [TIMES] [SEED]`: damages every kind of file that the library loads, 10,000 times each
 * by default, and counts what comes of it. It fails where an error is unclear, something wrong is loaded, or a load
 * does not end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ready } from 'naive-diffusion';
import { makeKinds } from './kinds.ts';
import { tally, verdicts } from './verdicts.ts';

const [times, seed] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 1)];
if (!(Number.isSafeInteger(times) && times >= 1 && Number.isSafeInteger(seed) && seed >= 0))
  throw new RangeError(`fuzz: TIMES and SEED must be whole numbers, got ${process.argv.slice(2).join(' ')}`);
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
