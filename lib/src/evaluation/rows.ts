import { absolute, readWhole } from '#platform/files.js';
import { isObject, parseJson } from '../data/json.js';
import { dataPath } from '../data/location.js';

/**
 * The rows of a measurement that takes longer than a chapter: `data/results/NAME.json`, as `npm run results -- NAME`
 * writes it. What a row holds is for the caller to say; it is not checked.
 *
 * ```ts
 * const rows = await loadRows<{ degradation: string; S: number }>('restoration');
 * ```
 * @throws {Error} naming the file, when it is not there, is damaged or has no rows
 */
export async function loadRows<Row>(name: string): Promise<Row[]> {
  const file = absolute(dataPath('results', `${name}.json`));
  const text = await readWhole('loadRows', file, `restore it from the repository, or run npm run results -- ${name}`);
  const value = parseJson(`loadRows: ${file}`, new TextDecoder().decode(text));
  if (!isObject(value) || !Array.isArray(value.rows)) throw new Error(`loadRows: ${file} has no rows`);
  return value.rows as Row[];
}
