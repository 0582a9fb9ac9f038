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
    if (Number.isFinite(value) && Math.abs(value) <= most) continue;
    if (infinite && (value === Infinity || value === -Infinity)) continue;
    const wanted = infinite ? 'no NaN' : Number.isFinite(value) ? `numbers within ±${most}` : 'finite numbers';
    const place = group ? `in ${group.name} ${Math.floor(i / group.size)}` : `at position ${i}`;
    throw new RangeError(`${caller}: ${name} must hold ${wanted}, got ${value} ${place}`);
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
  throw new RangeError(`${caller}: ${name} must be a whole number ${range}, got ${String(value)}`);
}
