import { listFolder } from '#platform/files.js';
import { dataPath } from '../data/location.js';
import { type Checkpoint, loadCheckpoint } from './checkpoint.js';
import type { Model, Network } from './network.js';

/** The names of the models in `data/checkpoints`, each trained by the recipe of that name. */
export async function listPretrained(): Promise<string[]> {
  const entries = await listFolder('listPretrained', dataPath('checkpoints'), { missing: 'empty' });
  return entries
    .filter(({ name }) => name.endsWith('.safetensors'))
    .map(({ name }) => name.slice(0, -'.safetensors'.length))
    .sort();
}

/**
 * Loads a model of `data/checkpoints`; its card says how to make images with it, its notes how it was trained.
 *
 * ```ts
 * const { denoise, notes } = await pretrained('denoise-renoise-faces');
 * const { network } = await pretrained<CategoricalNetwork>('palette-faces');
 * ```
 * @throws {Error} naming the models that there are, when there is none of that name
 */
export async function pretrained<M extends Model = Network>(name: string): Promise<Checkpoint<M>> {
  const names = await listPretrained();
  if (!names.includes(name))
    throw new Error(
      `pretrained: name must be one of ${names.join(', ') || '(no model is in data/checkpoints)'}, got '${name}'`,
    );
  return loadCheckpoint<M>(dataPath('checkpoints', `${name}.safetensors`));
}
