// @ts-check
// An error as a reader wants to see it: what, which line of which cell, and no paths of the machine.
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/** @typedef {{ ename: string, evalue: string, traceback: string[] }} Failure what Jupyter's `error` message holds */
/**
 * @typedef {object} Source what runs under a file name of its own
 * @property {string} name
 * @property {string} [code] lines to quote
 * @property {import('./compile.mjs').LineOf} lineOf
 */

const FRAMES = 12;

/** @param {string} root the repository */
export function createFailures(root) {
  /** @type {Map<string, Source>} */
  const sources = new Map();
  return { addSource: sources.set.bind(sources), fromError, fromComplaints };

  /**
   * @param {unknown} error
   * @returns {Failure}
   */
  function fromError(error) {
    if (!isError(error)) {
      const evalue = scrub(typeof error === 'string' ? error : inspect(error));
      return {
        ename: 'Thrown',
        evalue,
        traceback: [`Thrown: ${evalue}`, 'Throw an Error instead: it knows the line it comes from.'],
      };
    }
    const ename = String(error.name || 'Error');
    const evalue = scrub(String(error.message).replace(/\nRequire stack:[^]*$/, ''));
    const frames = framesOf(error);
    const place = frames.find((f) => f.code !== undefined);
    const traceback = [evalue ? `${ename}: ${evalue}` : ename];
    if (place?.code !== undefined) traceback.push(...excerpt(place.code, place.line, `${place.where}:`));
    traceback.push(...frames.slice(0, FRAMES).map((f) => `    at ${f.text}`));
    if ('cause' in error && error.cause !== undefined)
      traceback.push(...fromError(error.cause).traceback.map((l, i) => (i ? l : `caused by ${l}`)));
    if ('errors' in error && Array.isArray(error.errors))
      for (const e of error.errors.slice(0, 5)) traceback.push(`- ${fromError(e).traceback[0]}`);
    return { ename, evalue, traceback };
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

  /** @param {Error} error */
  function framesOf(error) {
    const frames = [];
    for (const line of String(error.stack ?? '').split('\n')) {
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
      const absolute = file.startsWith('file:') ? fileURLToPath(file) : file;
      if (file.startsWith('node:') || !path.isAbsolute(absolute) || isKernel(absolute)) continue;
      const where = original(absolute, Number(row), Number(column));
      frames.push({ text: label(where), where, code: undefined, line: 0 });
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
 * @param {unknown} value
 * @returns {value is Error} also of another realm, such as a Jest or vm context
 */
function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
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
