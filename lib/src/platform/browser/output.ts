import type { DisplayData, WriteOutput } from '../types.js';

/** What a page, or the kernel of a notebook in a browser, offers to show outputs with. */
interface Place {
  /** Set by a page of the site. */
  [write]?: WriteOutput;
  /** Of JupyterLite's JavaScript kernel: it shows what has a `_toMime`. */
  display?: (value: { _toMime(): DisplayData['data'] }) => void;
}
const write = Symbol.for('naive-diffusion.write');

/**
 * The way to show outputs: what the page has set as `globalThis[Symbol.for('naive-diffusion.write')]`, or the kernel's
 * `display`, which replaces nothing and so shows every new state below the one before; nothing where there is neither.
 */
export function notebookWriter(): WriteOutput | undefined {
  const place = globalThis as Place;
  if (place[write]) return place[write];
  const { display } = place;
  if (typeof display !== 'function') return undefined;
  const add = ({ data }: DisplayData) => display({ _toMime: () => data });
  return Object.assign(add, { replaces: false });
}
