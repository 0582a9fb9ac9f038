import { tf } from '../backend/tf.js';
import type { StoredTensor } from './safetensors.js';

/** Reads variables into plain arrays. */
export async function readWeights(variables: Record<string, tf.Tensor>): Promise<Record<string, StoredTensor>> {
  const stored: Record<string, StoredTensor> = {};
  for (const [name, variable] of Object.entries(variables)) {
    if (variable.isDisposed) throw new Error(`readWeights: ${name} has been disposed of`);
    stored[name] = { shape: variable.shape, data: Float32Array.from(await variable.data()) };
  }
  return stored;
}

/**
 * Writes stored values into variables of the same names and shapes; checks all of them before it changes the first.
 * @param path of the file that they come from, for errors
 * @throws {Error} naming the file and the variable that does not fit, or that is not finite
 */
export function assignWeights(
  variables: Record<string, tf.Variable>,
  stored: Record<string, StoredTensor>,
  path: string,
): void {
  const names = Object.keys(variables);
  const unknown = Object.keys(stored).filter((name) => !Object.hasOwn(variables, name));
  if (unknown.length > 0)
    throw new Error(`${path}: has weights that the network lacks: ${unknown.slice(0, 3).join(', ')}`);
  for (const name of names) {
    if (!Object.hasOwn(stored, name)) throw new Error(`${path}: lacks the weights ${name}`);
    const { shape, data } = stored[name];
    if (shape.join() !== variables[name].shape.join())
      throw new Error(`${path}: ${name} has shape [${shape}], the network needs [${variables[name].shape}]`);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new Error(`${path}: ${name} must hold finite numbers, got ${data[bad]} at place ${bad}`);
  }
  for (const name of names) {
    const value = tf.tensor(stored[name].data, stored[name].shape, variables[name].dtype as 'float32');
    variables[name].assign(value);
    value.dispose();
  }
}
