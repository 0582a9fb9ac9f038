import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Model, Recipe, RecipeOptions } from 'naive-diffusion';
import { Mistake } from '../command-line.ts';

const folder = path.join(import.meta.dirname, '..', 'recipes');

/** The names of the recipes. */
export function recipeNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.basename(file, '.ts'))
    .sort();
}

/** The file of a recipe: of one of the folder by its name, or of any by its path, which ends in `.ts`. */
export function recipeFile(nameOrPath: string): string {
  if (nameOrPath.endsWith('.ts')) {
    if (!existsSync(nameOrPath)) throw new Mistake(`train: the recipe ${nameOrPath} is not there`);
    return path.resolve(nameOrPath);
  }
  const names = recipeNames();
  if (!names.includes(nameOrPath))
    throw new Mistake(
      `train: recipe must be one of ${names.join(', ')}, or a file that ends in .ts, got '${nameOrPath}'`,
    );
  return path.join(folder, `${nameOrPath}.ts`);
}

/**
 * Loads a recipe.
 * @param options values of its options that are to be others than its own
 */
export async function loadRecipe(file: string, options: RecipeOptions = {}): Promise<Recipe<Model>> {
  const { default: recipe } = (await import(pathToFileURL(file).href)) as { default?: Partial<Recipe<Model>> };
  const lacking = (['about', 'steps', 'seed', 'data', 'network', 'optimizer', 'train'] as const).filter(
    (name) => recipe?.[name] === undefined,
  );
  if (lacking.length > 0)
    throw new Mistake(`train: the recipe ${file} lacks ${lacking.join(', ')} in its default export`);
  const known = recipe as Recipe<Model>;
  if (Object.keys(options).length === 0) return known;
  const name = path.basename(file, '.ts');
  if (!known.with)
    throw new Mistake(`train: ${name} has no options, got ${Object.keys(options).join(', ')}: it is one recipe alone`);
  try {
    return known.with(options);
  } catch (error) {
    throw new Mistake(`train: ${name}: ${(error as Error).message}`);
  }
}
