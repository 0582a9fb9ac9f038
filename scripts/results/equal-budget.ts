/**
 * `npm run results -- equal-budget`: every model of the faces that makes images, after the same number of training
 * steps, in `data/results/equal-budget`.
 */
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Recipe } from 'naive-diffusion';

const [steps, samples] = ['1800', '2500'];
const scripts = path.dirname(import.meta.dirname);
const out = path.join('runs', 'equal-budget');

function run(script: string, ...options: string[]): void {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(scripts, script), ...options], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const recipes = path.join(scripts, 'recipes');
for (const file of (await readdir(recipes)).filter((name) => name.endsWith('.ts')).sort()) {
  const { dataset, card } = ((await import(path.join(recipes, file))) as { default: Recipe }).default;
  if (dataset !== 'faces' || !card?.sampler) continue;
  const name = path.basename(file, '.ts');
  // What an earlier run has finished, or begun, is not done again.
  run('train.ts', '--recipe', name, '--steps', steps, '--out', out);
  run(
    'evaluate.ts',
    '--checkpoint',
    path.join(out, name, `${name}.safetensors`),
    '--samples',
    samples,
    '--series',
    'equal-budget',
    '--no-randomness',
  );
}
