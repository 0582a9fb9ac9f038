/** Where `npm run bench:pictures` keeps pictures, which `bench/report.ts` shows some of. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** A folder with one for each run. */
export const scratch = path.join(import.meta.dirname, '..', '.cache', 'pictures');

/** The file of the pictures that were made of a run's snapshot after some minutes. */
export function samplesOf(folder: string, minutes: number, count: number): string {
  return path.join(folder, `${minutes}-samples-${count}.safetensors`);
}

/** Removes all pictures of a snapshot, however many there are in a file: it is about to be made again. */
export function removeSamples(folder: string, minutes: number): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder))
    if (name.startsWith(`${minutes}-samples-`) && name.endsWith('.safetensors')) rmSync(path.join(folder, name));
}
