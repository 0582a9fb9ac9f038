import { isCompiled } from '../backend/compile/record.js';
import { tf } from '../backend/tf.js';
import { checkTensor, shown } from '../check.js';
import type { Conditions, Given } from '../types.js';

/**
 * What is given must have exactly the names of the conditions, a row for each image, and values that there are; these
 * are not looked at while a function is recorded.
 */
export function checkGiven(caller: string, given: Given | undefined, conditions: Conditions, batch: number): void {
  checkNames(caller, given, conditions);
  for (const [name, tensor] of Object.entries(given ?? {})) {
    const count = conditions[name];
    checkRows(caller, `given.${name}`, tensor, batch);
    if (count === Infinity) continue;
    checkTensor(caller, `given.${name}`, tensor, [batch]);
    if (!isCompiled()) checkValues(caller, `given.${name}`, tensor, count);
  }
}

/** What is given must have exactly the names of the conditions. */
export function checkNames(caller: string, given: Given | undefined, conditions: Conditions): void {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    throw new TypeError(`${caller}: given must be tensors by the names of the conditions, got ${shown(given)}`);
  const names = Object.keys(conditions);
  for (const name of Object.keys(given ?? {})) {
    if (names.includes(name)) continue;
    const there = names.length > 0 ? `takes ${names.join(', ')}` : 'takes no conditions';
    throw new TypeError(`${caller}: given.${name} is unknown: the network ${there}`);
  }
  const missing = names.filter((name) => !Object.hasOwn(given ?? {}, name));
  if (missing.length > 0) throw new TypeError(`${caller}: given must hold ${missing.join(', ')}`);
}

/** A tensor that is there, with a row for each image. */
function checkRows(caller: string, name: string, tensor: tf.Tensor, batch: number): void {
  const rest = tensor instanceof tf.Tensor ? tensor.shape.slice(1) : [];
  checkTensor(caller, name, tensor, [batch, ...rest]);
}

function checkValues(caller: string, name: string, tensor: tf.Tensor, count: number): void {
  const values = tensor.dataSync();
  const at = values.findIndex((value) => !(Number.isInteger(value) && value >= -1 && value < count));
  if (at >= 0)
    throw new RangeError(
      `${caller}: ${name} must hold whole numbers from 0 to ${count - 1}, or −1 for nothing, ` +
        `got ${values[at]} for image ${at}`,
    );
}
