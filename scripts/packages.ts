/**
 * `npm run packages`: the packages as they would be published, in tarballs: the library, the data, and the binding for
 * this system. Those for other systems are made by the same command there.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { commandLine, Mistake, start } from './command-line.ts';
import { packBinding } from './packages/binding.ts';
import { pack, packLibrary, sizeOf } from './packages/pack.ts';
import { root } from './setup/paths.mjs';
import { prebuiltPackage } from './setup/native/prebuilt.mjs';
import { report } from './setup/report.mjs';

interface Options {
  to: string;
  onlyBinding?: boolean;
  binding: boolean;
}

const command = commandLine('npm run packages --', 'Makes the packages as they would be published, and publishes none.')
  .option('--to <folder>', 'where the tarballs go', 'runs/packages')
  .option('--only-binding', 'makes the binding for this system alone')
  .option('--no-binding', 'leaves it out');

await start(command, async ({ to, onlyBinding, binding }: Options) => {
  if (onlyBinding && !binding) throw new Mistake('--only-binding and --no-binding exclude each other');
  const { step } = report();
  const folder = path.resolve(to);
  mkdirSync(folder, { recursive: true });
  if (!onlyBinding) {
    await step('naive-diffusion', () => packLibrary(folder), sizeOf);
    await step('naive-diffusion-data', () => pack(path.join(root, 'data'), folder), sizeOf);
  }
  if (!binding) return;
  await step(
    prebuiltPackage,
    () => packBinding(folder),
    (made) => `${sizeOf(made)}${made.glibc ? `, glibc ${made.glibc}` : ''}`,
  );
});
