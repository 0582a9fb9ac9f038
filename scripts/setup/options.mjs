// @ts-check
// Options that are understood or refused.
import { parseArgs } from 'node:util';
import { Problem } from './problem.mjs';

/**
 * @template {Record<string, { type: 'boolean' } | { type: 'string' }>} Options
 * @typedef {{ [Name in keyof Options]?: Options[Name] extends { type: 'boolean' } ? boolean : string }} Values
 */

/**
 * Reads the options of a command with `node:util`'s `parseArgs`; what that refuses becomes a problem that shows the
 * help. Where help is asked for, be it among other options, right or wrong, it is printed, and there is nothing to do.
 * @template {Record<string, { type: 'boolean' } | { type: 'string' }>} Options
 * @param {string[]} args
 * @param {string} help
 * @param {Options} options those beside `--help`
 * @param {boolean} [files] whether arguments that are no options, such as files, are understood
 * @returns {{ values: Values<Options>, positionals: string[] } | undefined}
 */
export function readOptions(args, help, options, files = false) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    return undefined;
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: files });
    return { values: /** @type {any} */ (values), positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw new Problem(message, `\n${help}`, '', 2);
  }
}

/**
 * Throws if more than one of some options is given.
 * @template {string} Name
 * @param {Partial<Record<Name, unknown>>} values
 * @param {readonly Name[]} names
 * @returns {Name | undefined} the one that is
 */
export function oneAtMost(values, names) {
  const given = names.filter((name) => values[name]);
  if (given.length > 1) throw new Problem(`--${given.join(' and --')} exclude each other.`, 'Give one of them.', '', 2);
  return given[0];
}
