import { tf } from '../backend/tf.js';
import { buildNetwork } from './build.js';
import type { Model, Network } from './network.js';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

/** The version of the layout of checkpoints; a file with a higher one is refused. */
const FORMAT = 1;

/** What a checkpoint holds. */
export interface Checkpoint {
  /** The network, rebuilt from the file alone. The caller disposes of it. */
  network: Network;
  /** What else was written: seed, steps, data, loss. */
  notes: Record<string, unknown>;
}

/**
 * Saves a network: its weights in safetensors format with its configuration inside. Temporary file, then rename.
 * @param options.precision `half` (the default) for a file to ship, `single` to lose nothing
 * @param options.notes anything that JSON can hold, to travel along
 */
export async function saveCheckpoint(
  path: string,
  network: Model,
  { precision = 'half', notes = {} }: { precision?: 'half' | 'single'; notes?: Record<string, unknown> } = {},
): Promise<void> {
  writeSafetensors(
    path,
    {
      tensors: await store(network.parameters),
      metadata: { format: String(FORMAT), config: JSON.stringify(network.config), notes: JSON.stringify(notes) },
    },
    { precision },
  );
}

/**
 * Loads a checkpoint: builds its network and fills in the weights.
 * @throws {Error} naming the file, when it is truncated, no checkpoint, of a newer format, or its weights do not fit
 * its network
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const { model, notes } = await loadModel(path, buildNetwork);
  return { network: model, notes };
}

/** {@link loadCheckpoint} for any kind of model: `build` makes one from its configuration. */
export async function loadModel<M extends Model>(
  path: string,
  build: (config: { kind: string }) => M,
): Promise<{ model: M; notes: Record<string, unknown> }> {
  const { tensors, metadata } = await readSafetensors(path);
  if (!metadata.config)
    throw new Error(`${path}: not a checkpoint of this library: no configuration of a network inside`);
  if (!(Number(metadata.format) <= FORMAT))
    throw new Error(`${path}: format ${metadata.format}, this version of the library reads up to ${FORMAT}; update it`);
  const model = build(JSON.parse(metadata.config) as { kind: string });
  try {
    restore(model.parameters, tensors, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, notes: JSON.parse(metadata.notes ?? '{}') as Record<string, unknown> };
}

/** Reads variables into plain arrays. */
export async function store(variables: Record<string, tf.Tensor>): Promise<Record<string, StoredTensor>> {
  const stored: Record<string, StoredTensor> = {};
  for (const [name, variable] of Object.entries(variables)) {
    stored[name] = { shape: variable.shape, data: Float32Array.from(await variable.data()) };
  }
  return stored;
}

/**
 * Writes stored values into variables of the same names and shapes; checks all of them before it changes the first.
 * @throws {Error} naming the file and the variable that does not fit
 */
export function restore(
  variables: Record<string, tf.Variable>,
  stored: Record<string, StoredTensor>,
  path: string,
): void {
  const names = Object.keys(variables);
  const unknown = Object.keys(stored).filter((name) => !(name in variables));
  if (unknown.length > 0)
    throw new Error(`${path}: has weights that the network lacks: ${unknown.slice(0, 3).join(', ')}`);
  for (const name of names) {
    if (!(name in stored)) throw new Error(`${path}: lacks the weights ${name}`);
    if (stored[name].shape.join() !== variables[name].shape.join()) {
      throw new Error(
        `${path}: ${name} has shape [${stored[name].shape}], the network needs [${variables[name].shape}]`,
      );
    }
  }
  for (const name of names) {
    const value = tf.tensor(stored[name].data, stored[name].shape, variables[name].dtype as 'float32');
    variables[name].assign(value);
    value.dispose();
  }
}
