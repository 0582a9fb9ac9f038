// @ts-check
// Anything can be thrown, and what is thrown may itself throw when it is looked at. Here it cannot.
import { inspect } from 'node:util';

/** Longer texts lose their middle. */
const MAX_TEXT = 10_000;

/**
 * @param {unknown} value
 * @returns {value is object} whether it is an error, also one of another realm, such as a vm context
 */
export function isError(value) {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/**
 * A property; undefined where it cannot be read.
 * @param {object} value
 * @param {string} name
 * @returns {unknown}
 */
export function read(value, name) {
  try {
    return /** @type {any} */ (value)[name];
  } catch {
    return undefined;
  }
}

/**
 * A value as text, well-formed, so that it can be sent, and not too long.
 * @param {() => unknown} value
 * @param {number} [length]
 * @returns {string}
 */
export function textOf(value, length = MAX_TEXT) {
  try {
    const found = value();
    return trim(typeof found === 'object' && found !== null ? inspect(found) : String(found), length);
  } catch {
    return '(it cannot be printed)';
  }
}

/**
 * @param {string} text
 * @param {number} [length]
 */
export function trim(text, length = MAX_TEXT) {
  const short =
    text.length > length
      ? `${text.slice(0, length / 2)} … ${text.length - length} characters more … ${text.slice(-length / 2)}`
      : text;
  // a half of a surrogate pair cannot be encoded: it becomes U+FFFD
  return Buffer.from(short).toString();
}
