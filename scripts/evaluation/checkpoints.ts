import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
// From its own file, which loads in no time.
import { dataPath } from '../../lib/src/data/location.ts';
import { Mistake, type Settings } from '../command-line.ts';
import { sha256Of } from '../sha256.ts';

/** The names of the models in data/checkpoints. */
export function checkpointNames(): string[] {
  const folder = dataPath('checkpoints');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.safetensors'))
    .map((file) => file.slice(0, -'.safetensors'.length))
    .sort();
}

/** The file of a checkpoint: of data/checkpoints by its name, or of any by its path, which ends in `.safetensors`. */
export function checkpointFile(nameOrPath: string): string {
  if (nameOrPath.endsWith('.safetensors')) {
    if (!existsSync(nameOrPath)) throw new Mistake(`evaluate: the checkpoint ${nameOrPath} is not there`);
    return nameOrPath;
  }
  const names = checkpointNames();
  if (!names.includes(nameOrPath))
    throw new Mistake(
      `evaluate: checkpoint must be one of ${names.join(', ') || '(no model is in data/checkpoints)'}, ` +
        `or a file that ends in .safetensors, got '${nameOrPath}'`,
    );
  return published(nameOrPath);
}

/** What is evaluated, as far as it decides what the result is called. */
interface Evaluated {
  checkpoint?: string;
  real?: string;
  set: Settings;
  name?: string;
  /** The file that the result goes to. */
  result?: string;
}

/**
 * What the result is called: what was asked for, or else the checkpoint's file with the changed options. In
 * data/results, the name of a published model is for the result of that very model.
 * @throws {Mistake} when another model, or real images, would take its place
 */
export function resultName({ checkpoint, real, set, name, result: elsewhere }: Evaluated): string {
  const file = checkpoint === undefined ? undefined : checkpointFile(checkpoint);
  const own = file === undefined ? `real-${real}` : path.basename(file, '.safetensors');
  const result = name ?? [own, ...set.map(([key, value]) => `${key}-${String(value)}`)].join('-');
  const claimed = name ?? own;
  const isApart =
    elsewhere !== undefined && path.dirname(path.resolve(elsewhere)) !== path.resolve(dataPath('results'));
  if (isApart || !checkpointNames().includes(claimed)) return result;
  if (file !== undefined && sha256Of(file) === sha256Of(published(claimed))) return result;
  throw new Mistake(
    `evaluate: ${file ?? own} is not the published model ${claimed} (${published(claimed)}), ` +
      `whose result it would replace; give it a name of its own, such as --name my-${claimed}`,
  );
}

/** The file of a model of data/checkpoints. */
function published(name: string): string {
  return dataPath('checkpoints', `${name}.safetensors`);
}
