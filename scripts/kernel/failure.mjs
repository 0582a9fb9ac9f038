// @ts-check
// An error as a reader wants to see it: what, which line of which cell, and no paths of the machine.
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { isError, read, textOf, trim } from './thrown.mjs';

/** @typedef {{ ename: string, evalue: string, traceback: string[] }} Failure what Jupyter's `error` message holds */
/**
 * @typedef {object} Source what runs under a file name of its own
 * @property {string} name
 * @property {string} [code] lines to quote
 * @property {boolean} [isCell] otherwise a file
 * @property {import('./compile.mjs').LineOf} lineOf
 */

const FRAMES = 12;
/** So many causes of causes are told. */
const CAUSES = 8;

/**
 * @param {string} root the repository
 * @param {(error: object) => readonly import('./guard.mjs').Site[]} sitesOf the awaits that an error has come through
 */
export function createFailures(root, sitesOf) {
  /** @type {Map<string, Source>} */
  const sources = new Map();
  return { addSource: sources.set.bind(sources), fromError, fromComplaints };

  /**
   * Never throws, whatever was thrown: a cell whose error cannot be told would never end.
   * @param {unknown} error
   * @returns {Failure}
   */
  function fromError(error) {
    try {
      return isError(error) ? ofError(error, new Set()) : ofValue(error);
    } catch {
      const evalue = 'something that cannot be printed';
      return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
    }
  }

  /** @param {unknown} value */
  function ofValue(value) {
    const evalue = scrub(textOf(() => (typeof value === 'string' ? value : inspect(value))));
    return {
      ename: 'Thrown',
      evalue,
      traceback: [`Thrown: ${evalue}`, 'Throw an Error instead: it knows the line it comes from.'],
    };
  }

  /**
   * @param {object} error
   * @param {Set<unknown>} seen the error that this one is a cause of, and so on
   * @returns {Failure}
   */
  function ofError(error, seen) {
    seen.add(error);
    const ename = trim(textOf(() => read(error, 'name') || 'Error'));
    const evalue = scrub(textOf(() => read(error, 'message') ?? '').replace(/\nRequire stack:[^]*$/, ''));
    const frames = framesOf(error);
    const place = frames.find((f) => f.code !== undefined);
    const traceback = [evalue ? `${ename}: ${evalue}` : ename];
    if (place?.code !== undefined) traceback.push(...excerpt(place.code, place.line, `${place.where}:`));
    traceback.push(...frames.slice(0, FRAMES).map((f) => `    at ${f.text}`));
    const cause = read(error, 'cause');
    if (cause !== undefined) {
      const [first, ...rest] = causeOf(cause, seen);
      traceback.push(`caused by ${first}`, ...rest);
    }
    const errors = read(error, 'errors');
    if (Array.isArray(errors)) for (const e of errors.slice(0, 5)) traceback.push(`- ${causeOf(e, new Set(seen))[0]}`);
    return { ename, evalue, traceback };
  }

  /**
   * @param {unknown} cause
   * @param {Set<unknown>} seen
   * @returns {string[]}
   */
  function causeOf(cause, seen) {
    if (seen.has(cause)) return ['the same error, in a circle'];
    if (seen.size > CAUSES) return ['more errors, which are not shown'];
    return (isError(cause) ? ofError(cause, seen) : ofValue(cause)).traceback;
  }

  /**
   * @param {import('./compile.mjs').Complaint[]} complaints
   * @param {string} source
   * @returns {Failure}
   */
  function fromComplaints(complaints, source) {
    const [first] = complaints;
    const where = (/** @type {import('./compile.mjs').Complaint} */ c) =>
      `${c.file ? `${c.file}, ` : ''}line ${c.line}`;
    const traceback = complaints
      .slice(0, 20)
      .flatMap((c) => [
        `${where(c)}: ${scrub(c.message)}`,
        ...(c.file ? [] : [`      ${source.split('\n')[c.line - 1] ?? ''}`, `      ${' '.repeat(c.column - 1)}^`]),
      ]);
    if (complaints.length > 20) traceback.push(`… and ${complaints.length - 20} more`);
    return {
      ename: 'TypeScriptError',
      evalue: first ? `${where(first)}: ${scrub(first.message)}` : 'unknown',
      traceback: ['TypeScriptError: the cell was not run', ...traceback],
    };
  }

  /** @param {object} error */
  function framesOf(error) {
    const frames = [];
    const stack = textOf(() => read(error, 'stack') ?? '', Infinity);
    const unread = /^(\[cell \d+\]):(\d+)\n/.exec(stack); // Node could not read the cell: the place comes first
    const lines = unread ? [`    at ${unread[1]}:${unread[2]}:1`] : stack.split('\n');
    for (const line of lines) {
      if (line.length > 1000) continue;
      const match = /^\s+at (?:(.*) \()?(.+?):(\d+):(\d+)\)?$/.exec(line);
      if (!match) continue;
      const [, name = '', file = '', row, column] = match;
      const called = name
        .replace(/^(async )?(Object|Proxy|exports)\./, '$1')
        .replace(/^(async )?(<anonymous>|eval)$/, '$1')
        .trim();
      const label = (/** @type {string} */ where) => (called && called !== 'async' ? `${called} (${where})` : where);
      const known = sources.get(file);
      if (known) {
        const at = known.lineOf(Number(row) - 1, Number(column) - 1);
        if (at === undefined) continue; // the call around the cell
        const where = `${known.name}, line ${at}`;
        frames.push({ text: label(where), where, code: known.code, line: at });
        continue;
      }
      const absolute = file.startsWith('file:///') ? fileURLToPath(file) : file;
      if (file.startsWith('node:') || !path.isAbsolute(absolute) || isKernel(absolute)) continue;
      const where = original(absolute, Number(row), Number(column));
      frames.push({ text: label(where), where, code: undefined, line: 0 });
    }
    for (const { file, line } of sitesOf(error)) {
      const known = sources.get(file);
      if (!known) continue;
      const at = known.isCell ? line : line + 1; // the compiler is given a cell with one line before its first
      const where = `${known.name}, line ${at}`;
      if (frames.every((frame) => frame.where !== where))
        frames.push({ text: where, where, code: known.code, line: at });
    }
    return frames;
  }

  /** @param {string} file */
  function isKernel(file) {
    return (
      file.startsWith(import.meta.dirname + path.sep) ||
      file.includes(`${path.sep}node_modules${path.sep}tslab${path.sep}`)
    );
  }

  /**
   * The place in the library's TypeScript, or a short name of the file.
   * @param {string} file
   * @param {number} row
   * @param {number} column
   */
  function original(file, row, column) {
    if (file.startsWith(path.join(root, 'lib', 'dist') + path.sep)) {
      try {
        const entry = new SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, 'utf8'))).findEntry(row - 1, column - 1);
        if ('originalLine' in entry) {
          return `${path.relative(root, path.resolve(path.dirname(file), entry.originalSource))}:${entry.originalLine + 1}`;
        }
      } catch {
        // no map beside it: the JavaScript file will do
      }
    }
    const packages = `${path.sep}node_modules${path.sep}`;
    if (file.includes(packages)) return `${file.slice(file.lastIndexOf(packages) + packages.length)}:${row}`;
    const folder = [root, process.cwd()].find((dir) => file.startsWith(dir + path.sep));
    return `${folder ? path.relative(folder, file) : path.basename(file)}:${row}`;
  }

  /**
   * Takes the machine's folders out of a text that will be saved in a notebook.
   * @param {string} text
   */
  function scrub(text) {
    const home = os.homedir();
    return [
      [process.cwd(), '.'],
      [root, '<naive-diffusion>'],
      [home, '~'],
    ].reduce((short, [folder = '', name = '']) => (folder.length > 1 ? short.replaceAll(folder, name) : short), text);
  }
}

/**
 * The line that failed with its neighbours.
 * @param {string} source
 * @param {number} line
 * @param {string} title
 */
function excerpt(source, line, title) {
  const lines = source.split('\n');
  const from = Math.max(1, line - 2);
  const to = Math.min(lines.length, line + 1);
  const out = [title];
  for (let i = from; i <= to; i++)
    out.push(`${i === line ? '--->' : '    '} ${String(i).padStart(3)} | ${lines[i - 1]}`);
  return out;
}
