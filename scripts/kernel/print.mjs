// @ts-check
// The value of a cell's last expression: it may show itself (images, figures), or is printed.
import { inspect, types } from 'node:util';

/** An array of numbers that is longer prints this many of them, from its two ends. */
const NUMBERS = 10;

/** @param {unknown} value */
export async function print(value) {
  if (value === undefined || value === null) return;
  const show = /** @type {any} */ (globalThis)[Symbol.for('naive-diffusion.show')];
  if (typeof show === 'function' && (await show(value)) === true) return;
  console.log(describe(value));
}

/**
 * What is printed of a value.
 * @param {unknown} value
 * @returns {unknown} text, or what `console.log` prints well
 */
function describe(value) {
  if (types.isProxy(value)) return value;
  if (types.isGeneratorObject(value)) return describeGenerator(/** @type {object} */ (value));
  if (types.isPromise(value) && inspect(value) === 'Promise { <pending> }')
    return 'a promise that is still pending: write `await` in front of it to see what comes of it';
  return isNumbers(value) && value.length > 2 * NUMBERS ? describeNumbers(value) : value;
}

/** @param {object} value */
function describeGenerator(value) {
  return Symbol.asyncIterator in value
    ? 'an async generator: nothing runs until it is iterated, as in `for await (const turn of …)` or `await watch(…)`'
    : 'a generator: nothing runs until it is iterated, as in `for (const turn of …)` or `[...…]`';
}

/**
 * @param {unknown} value
 * @returns {value is number[]}
 */
function isNumbers(value) {
  const list = Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
  return list && /** @type {unknown[]} */ (value).every((entry) => typeof entry === 'number');
}

/**
 * One line with both ends of a long array of numbers.
 * @param {number[]} values
 */
function describeNumbers(values) {
  const some = (/** @type {number[]} */ part) => Array.from(part, (value) => String(Number(value.toPrecision(4))));
  const shown = [...some(values.slice(0, NUMBERS / 2)), '…', ...some(values.slice(-NUMBERS / 2))];
  const kind = values.constructor === Array ? '' : `${values.constructor.name} of `;
  return `${kind}${values.length.toLocaleString('en')} numbers: ${shown.join(', ')}`;
}
