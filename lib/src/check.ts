import { tf } from './backend/tf.js';
import type { ImageShape } from './types.js';

/*
 * Checks of arguments. The first argument of each is the name of the function that was called, with which its error
 * begins.
 */

/**
 * The value must be a number for which something holds; a text such as '2' is none.
 * @param said what it must do, for the error: `lie in [0, 1]`
 */
export function checkNumber(
  caller: string,
  name: string,
  value: unknown,
  holds: (value: number) => boolean,
  said: string,
): void {
  if (typeof value === 'number' && holds(value)) return;
  throw new RangeError(`${caller}: ${name} must ${said}, got ${shown(value)}`);
}

/** Each value must be a finite number above 0. */
export function checkPositive(caller: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values))
    checkNumber(caller, name, value, (n) => n > 0 && n < Infinity, 'be above 0');
}

/** Whether it is a tensor of this shape. */
export function hasShape(tensor: unknown, shape: readonly number[]): tensor is tf.Tensor {
  return tensor instanceof tf.Tensor && tf.util.arraysEqual((tensor as tf.Tensor).shape, [...shape]);
}

/** A value as errors show it: texts in quotation marks, so that "2" is not taken for 2. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (value instanceof tf.Tensor) return `a tensor of shape [${value.shape}]`;
  if (Array.isArray(value)) {
    const each = value.map((one: unknown) => (one instanceof tf.Tensor ? shown(one) : String(one)));
    return `[${each.join()}]`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
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
    throw new TypeError(`${caller}: ${name} must be a tensor of shape [${shape}], got ${shown(tensor)}`);
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

/** What a number may be for {@link checkFinite}, and how its place is said. */
export interface FiniteOptions {
  /** Infinity passes, and NaN alone is refused: for what can be ranked or counted without end. */
  infinite?: boolean;
  /** The largest size of a value; by default there is none but that of finite numbers. */
  most?: number;
  /** The values come in groups of `size`: the error names the group, such as `image 3`, instead of the position. */
  group?: { name: string; size: number };
}

/**
 * Throws unless every value is a finite number: NaN compares as false with everything, so that it would pass through
 * comparisons and sums without a word.
 * @param caller name of the public function, for the error
 * @param name of the argument that holds the values
 * @throws {RangeError} naming function, argument, position and value
 */
export function checkFinite(
  caller: string,
  values: ArrayLike<number>,
  name: string,
  { infinite = false, most = Number.MAX_VALUE, group }: FiniteOptions = {},
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isFinite(value) && Math.abs(value) <= most) continue; // which a text is not
    if (infinite && (value === Infinity || value === -Infinity)) continue;
    const wanted = infinite ? 'no NaN' : Number.isFinite(value) ? `numbers within ±${most}` : 'finite numbers';
    const place = group ? `in ${group.name} ${Math.floor(i / group.size)}` : `at position ${i}`;
    throw new RangeError(`${caller}: ${name} must hold ${wanted}, got ${shown(value)} ${place}`);
  }
}

/**
 * {@link checkFinite} for every number in options: in plain objects and arrays of any depth. Null, undefined, texts and
 * all else is passed over.
 * @param name of the options, which begins the place: `series.loss`; may be empty
 */
export function checkNumbers(caller: string, value: unknown, name: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${caller}: ${name} must be a finite number, got ${value}`);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => {
      if (typeof item !== 'number') checkNumbers(caller, item, `${name}[${i}]`);
      else if (!Number.isFinite(item))
        throw new RangeError(`${caller}: ${name} must hold finite numbers, got ${item} at position ${i}`);
    });
  } else if (value instanceof Float32Array || value instanceof Float64Array) {
    checkFinite(caller, value, name);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, inner] of Object.entries(value)) checkNumbers(caller, inner, name ? `${name}.${key}` : key);
  }
}

/**
 * Returns `value`, or throws unless it is a whole number from `least` to `most`.
 * @throws {RangeError} naming function, argument and value
 */
export function checkWhole(caller: string, name: string, value: number, least = 1, most = Infinity): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${caller}: ${name} must be a whole number ${range}, got ${shown(value)}`);
}
