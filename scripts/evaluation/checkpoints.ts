import { existsSync, readdirSync } from 'node:fs';
// From its own file, which loads in no time.
import { dataPath } from '../../lib/src/data/location.ts';
import { Mistake } from '../command-line.ts';

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
  return dataPath('checkpoints', `${nameOrPath}.safetensors`);
}
