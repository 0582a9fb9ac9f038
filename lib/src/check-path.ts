import { extname } from '#platform/paths.js';

/** Throws unless `path` is a text that ends in one of `endings`, such as `.png`; returns the ending. */
export function checkEnding<E extends string>(caller: string, path: string, endings: readonly E[]): E {
  const ending = typeof path === 'string' ? endings.find((e) => e === extname(path).toLowerCase()) : undefined;
  if (!ending) {
    const came = typeof path === 'string' ? `'${path}'` : String(path);
    throw new TypeError(`${caller}: path must end in ${endings.join(' or ')}, got ${came}`);
  }
  return ending;
}

/** Throws unless `path` is a text that can name a file. */
export function checkPath(caller: string, path: unknown): asserts path is string {
  if (typeof path !== 'string')
    throw new TypeError(`${caller}: path must be a text, got ${path === null ? 'null' : typeof path}`);
  if (path === '' || path.includes('\0'))
    throw new TypeError(`${caller}: path must name a file, got ${JSON.stringify(path)}`);
}
