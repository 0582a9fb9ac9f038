/**
 * `npm run results -- equal-budget`: every model of the faces that makes images, after the same number of training
 * steps, in `data/results/equal-budget`.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Recipe } from 'naive-diffusion';
import { runBeside } from './run-beside.ts';

const [steps, samples] = ['1800', '2500'];
const scripts = path.dirname(import.meta.dirname);
const out = path.join('runs', 'equal-budget');

const recipes = path.join(scripts, 'recipes');
for (const file of (await readdir(recipes)).filter((name) => name.endsWith('.ts')).sort()) {
  const { dataset, card } = ((await import(path.join(recipes, file))) as { default: Recipe }).default;
  if (dataset !== 'faces' || !card?.sampler) continue;
  const name = path.basename(file, '.ts');
  // What an earlier run has finished, or begun, is not done again.
  runBeside('train.ts', '--recipe', name, '--steps', steps, '--out', out);
  runBeside(
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
