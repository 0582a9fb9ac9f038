/**
 * Parses JSON that came from a file. `what` begins the error: function and file.
 * @throws {Error} when it is not JSON, or when an object has two entries of one name: JSON.parse would keep the last
 * one without a word
 */
export function parseJson(what: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${what} is not valid JSON (${(cause as Error).message})`, { cause });
  }
  const twice = repeatedName(text);
  if (twice !== undefined) throw new Error(`${what} has two entries named ${JSON.stringify(twice)}`);
  return value;
}

/** Whether a value that came out of JSON is an object, neither an array nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first name that an object in valid JSON text has twice. */
function repeatedName(text: string): string | undefined {
  /** The names of each object around the current place; nothing for an array. */
  const around: (Set<string> | undefined)[] = [];
  // Texts with the colon that makes them a name, and brackets; all else between them does not matter.
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{') around.push(new Set());
    else if (token === '[') around.push(undefined);
    else if (token === '}' || token === ']') around.pop();
    else if (colon) {
      const name = JSON.parse(string) as string;
      const names = around.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
