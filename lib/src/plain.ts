import { shown } from './check.js';

/**
 * Throws unless a value is plain data, which JSON can hold and give back: texts, finite numbers, truth values, null,
 * and lists and objects of such. What is undefined in an object is left out.
 * @param place what the value is called, which begins the place: `sampler.rule`
 * @throws {TypeError} naming the place and what is there
 */
export function checkPlain(caller: string, place: string, value: unknown, around: readonly unknown[] = []): void {
  const refuse = (what: string): never => {
    throw new TypeError(`${caller}: ${place} must be plain data, got ${what}`);
  };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(`${value}, which JSON cannot hold`);
    return;
  }
  if (typeof value === 'function') refuse('a function: did you mean its spec?');
  if (typeof value !== 'object') refuse(typeof value === 'bigint' ? `the bigint ${value}` : typeof value);
  if (around.includes(value)) refuse('an object that holds itself');
  const within = [...around, value];
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      checkPlain(caller, `${place}[${i}]`, item, within);
    });
    return;
  }
  if (ArrayBuffer.isView(value)) refuse(`${nameOf(value)}: did you mean a list, [...values]?`);
  if (!isPlainObject(value)) refuse(`${nameOf(value)}${'spec' in (value as object) ? ': did you mean its spec?' : ''}`);
  for (const [name, item] of Object.entries(value as object)) {
    if (item !== undefined) checkPlain(caller, `${place}.${name}`, item, within);
  }
}

/** Throws unless the value is an object of plain data. */
export function checkPlainObject(caller: string, place: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${caller}: ${place} must be an object of plain data, got ${shown(value)}`);
  checkPlain(caller, place, value);
}

/** Objects of another realm, as a notebook's cells may make them, are plain too. */
function isPlainObject(value: unknown): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: unknown): string {
  return `an instance of ${(value as object).constructor.name}`;
}
