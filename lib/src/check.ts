import { tf } from './backend/tf.js';
import type { ImageShape } from './types.js';

/*
 * Checks of arguments. The first argument of each is the name of the function that was called, with which its error
 * begins.
 */

/** Each value must be a whole number of at least the one beside it. */
export function checkWhole(caller: string, values: Record<string, [value: number, least: number]>): void {
  for (const [name, [value, least]] of Object.entries(values)) {
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${caller}: ${name} must be a whole number of at least ${least}, got ${String(value)}`);
  }
}

/** Each value must be a finite number above 0. */
export function checkPositive(caller: string, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${caller}: ${name} must be above 0, got ${String(value)}`);
  }
}

/** The value must be one of those that there are. */
export function checkChoice(caller: string, name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  throw new RangeError(`${caller}: ${name} must be ${listed(choices)}, got ${quoted(value)}`);
}

/** An object of options must have no other properties than these. */
export function checkKnown(caller: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new TypeError(`${caller}: ${name} is not an option; there are ${known.join(', ')}`);
  }
}

/** Height, width and channels must be whole numbers above 0. */
export function checkImageShape(caller: string, name: string, shape: ImageShape): void {
  const fits = Array.isArray(shape) && shape.length === 3 && shape.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!fits) throw new RangeError(`${caller}: ${name} must be [height, width, channels], got ${JSON.stringify(shape)}`);
}

/** A tensor must be there still, and have this shape. */
export function checkTensor(caller: string, name: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (!(tensor instanceof tf.Tensor))
    throw new TypeError(`${caller}: ${name} must be a tensor of shape [${shape}], got ${typeof tensor}`);
  if (tensor.isDisposed)
    throw new Error(`${caller}: ${name} must be a tensor that is still there, got one that has been disposed of`);
  if (!tf.util.arraysEqual(tensor.shape, [...shape]))
    throw new RangeError(`${caller}: ${name} must have shape [${shape}], got [${tensor.shape}]`);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
}

function listed(choices: readonly unknown[]): string {
  const words = choices.map(quoted);
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
