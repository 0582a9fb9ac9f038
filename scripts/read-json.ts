import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/**
 * Reads a file of JSON that must be as the schema says.
 * @param remedy what to do about it, for the error
 * @throws {Error} naming the file, and either what keeps it from being read or the first place that is not as expected
 */
export function readJson<S extends v.GenericSchema>(file: string, schema: S, remedy?: string): v.InferOutput<S> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(withRemedy(`${file}: cannot be read: ${(cause as Error).message}`, remedy), { cause });
  }
  return parseJson(text, schema, file, remedy);
}

/** {@link readJson} for a text; `where` is what the error calls it. */
export function parseJson<S extends v.GenericSchema>(
  text: string,
  schema: S,
  where: string,
  remedy?: string,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(withRemedy(`${where}: not JSON: ${(cause as Error).message}`, remedy), { cause });
  }
  return check(value, schema, where, remedy);
}

/** Returns the value as the schema has it. */
export function check<S extends v.GenericSchema>(
  value: unknown,
  schema: S,
  where: string,
  remedy?: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  throw new Error(withRemedy(`${where}: ${place ? `${place}: ` : ''}${issue.message}`, remedy));
}

function withRemedy(message: string, remedy?: string): string {
  return remedy ? `${message}; ${remedy}` : message;
}
