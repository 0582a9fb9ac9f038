import { expect } from 'vitest';
import { tf } from 'naive-diffusion';

/** A place among arguments: names of arguments and options, positions in arrays. */
type Path = readonly (string | number)[];

/** What is asked of a function that takes numbers. */
export interface Subject {
  /** The arguments by their names, in order, such that the function accepts them. */
  arguments: () => Record<string, unknown>;
  call: (...args: never[]) => unknown;
  /** Names of arguments or options for which Infinity has a meaning. */
  infinite?: readonly string[];
}

/**
 * Puts NaN and Infinity in the place of each number that a function is given (of long arrays into some places), and
 * expects an error that names the function, the argument or option, and what came; and no tensor left behind.
 * Returns how many were refused.
 */
export async function expectRefusals(name: string, { arguments: make, call, infinite = [] }: Subject): Promise<number> {
  const good = make();
  await call(...(Object.values(good) as never[])); // it accepts what is right
  const places = [...numbersIn(good)];
  for (const path of places) {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const named = path.filter((part): part is string => typeof part === 'string');
      if (!Number.isNaN(bad) && named.some((part) => infinite.includes(part))) continue;
      const poisoned = replaced(good, path, bad) as Record<string, unknown>;
      const before = tf.memory().numTensors;
      const label = `${name} with ${bad} at ${path.join('.')}`;
      let error: unknown;
      try {
        await call(...(Object.values(poisoned) as never[]));
      } catch (caught) {
        error = caught;
      }
      expect(error, `${label} is accepted`).toBeInstanceOf(Error);
      const { message } = error as Error;
      expect(message, label).toMatch(new RegExp(`^${name}: `));
      expect(message, label).toContain(String(bad));
      expect(
        named.some((part) => message.includes(part)),
        `${label}: '${message}' names no argument`,
      ).toBe(true);
      expect(tf.memory().numTensors - before, `${label} leaves tensors behind`).toBe(0);
      disposeNew(poisoned, good);
    }
  }
  for (const value of Object.values(good)) if (value instanceof tf.Tensor) value.dispose();
  return places.length;
}

/** Where numbers are: of arrays the first, the last and one in the middle. */
function* numbersIn(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value === 'number') yield path;
  else if (value instanceof tf.Tensor) for (const i of some(value.size)) yield [...path, i];
  else if (value instanceof Uint8Array) return;
  else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = value as unknown as ArrayLike<unknown>;
    for (const i of some(list.length)) yield* numbersIn(list[i], [...path, i]);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, inner] of Object.entries(value)) if (key !== 'shape') yield* numbersIn(inner, [...path, key]);
  }
}

function some(length: number): number[] {
  return [...new Set([0, length >> 1, length - 1])].filter((i) => i >= 0 && i < length);
}

/** A copy of `value` with `bad` at `path`. */
function replaced(value: unknown, [first, ...rest]: Path, bad: number): unknown {
  if (first === undefined) return bad;
  if (value instanceof tf.Tensor) {
    const values = Float32Array.from(value.dataSync());
    values[first as number] = bad;
    return tf.tensor(values, value.shape);
  }
  if (ArrayBuffer.isView(value)) {
    const copy = (value as Float32Array).slice();
    copy[first as number] = bad;
    return copy;
  }
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? replaced(item, rest, bad) : item));
  const object = value as Record<string, unknown>;
  return { ...object, [first]: replaced(object[first as string], rest, bad) };
}

function disposeNew(poisoned: unknown, good: unknown): void {
  if (poisoned === good) return;
  if (poisoned instanceof tf.Tensor) poisoned.dispose();
  else if (Array.isArray(poisoned)) poisoned.forEach((item, i) => disposeNew(item, (good as unknown[])[i]));
  else if (typeof poisoned === 'object' && poisoned !== null && !ArrayBuffer.isView(poisoned))
    for (const [key, inner] of Object.entries(poisoned)) disposeNew(inner, (good as Record<string, unknown>)[key]);
}
