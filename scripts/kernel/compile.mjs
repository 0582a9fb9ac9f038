// @ts-check
// One cell: TypeScript in; JavaScript, the declarations that later cells see, and complaints out.
import path from 'node:path';
import { calledAt } from './inspect.mjs';
import { takeGenerated } from './transpile.mjs';

/**
 * @typedef {object} Complaint
 * @property {number} line from 1
 * @property {number} column from 1
 * @property {string} message
 * @property {string} [file] a file beside the notebook; absent: the cell itself
 *
 * @typedef {object} Compiled
 * @property {Complaint[]} complaints nothing else is set when there are any
 * @property {string} [output]
 * @property {string} [declarations] of this and all earlier cells
 * @property {boolean} awaits
 * @property {string} [lastExpression] the export that holds the value of the last expression
 * @property {Local[]} modules files beside the notebook, compiled
 * @property {LineOf} lineOf
 *
 * @typedef {(line: number, column: number) => number | undefined} LineOf the line (from 1) of the source for a place
 * (from 0) in the output
 * @typedef {{ path: string, data: string, lineOf: LineOf }} Local
 */

const MODULE_NOT_FOUND = 2307;

/**
 * A compiler for the notebooks of the current working directory.
 * @param {import('./tslab.mjs').Tslab} tslab repaired by typescript.mjs
 */
export function createCompiler(tslab) {
  const { createConverter } = tslab.require('./converter');
  const { getCodeMetadata } = tslab.require('./metadata');
  const ts = tslab.require('@tslab/typescript-for-tslab');
  /** @type {Set<string>} */
  const cellsAsFiles = new Set();
  const converter = createConverter({ isJS: false, isBrowser: false });
  return {
    compile,
    /** @type {(declarations: string, code: string, position: number) => any} */
    inspect(declarations, code, position) {
      ts.sys.lookAgain();
      const here = converter.inspect(declarations, code, position);
      const called = here ? undefined : calledAt(ts, code, position);
      return called === undefined ? here : converter.inspect(declarations, code, called);
    },
    /** @type {(declarations: string, code: string, position: number) => any} */
    complete: converter.complete,
    close: () => converter.close(),
  };

  /**
   * @param {string} declarations of the cells before
   * @param {string} code
   * @returns {Compiled}
   */
  function compile(declarations, code) {
    const meta = getCodeMetadata(code);
    if (meta.module) {
      // `/** @module name */`: the cell is a file that other cells import
      cellsAsFiles.add(path.resolve(`${meta.module}.js`));
      return {
        complaints: merge(converter.addModule(meta.module, code, meta)),
        declarations,
        awaits: false,
        modules: [],
        lineOf: () => undefined,
      };
    }
    const refused = [...takenNames(ts, code), ...exportsOf(ts, code)];
    if (refused.length) return { complaints: refused, awaits: false, modules: [], lineOf: () => undefined };
    const source = writeOut(ts, code);
    ts.sys.lookAgain();
    let result = converter.convert(declarations, source);
    if (result.diagnostics.some((/** @type {any} */ d) => d.code === MODULE_NOT_FOUND)) {
      ts.sys.forgetMissing(); // it may have come since the last time it was looked for
      result = converter.convert(declarations, source);
    }
    const complaints = merge(result.diagnostics);
    if (complaints.length) return { complaints, awaits: false, modules: [], lineOf: () => undefined };
    /** @type {{ path: string, data: string }[]} */
    const files = result.sideOutputs ?? [];
    const { awaits, line } = takeGenerated(result.output ?? '');
    return {
      complaints,
      output: result.output,
      declarations: result.declOutput ?? '',
      awaits,
      lastExpression: result.lastExpressionVar,
      modules: files.map((file) => ({
        ...file,
        lineOf: lineNumber(takeGenerated(file.data).line, cellsAsFiles.has(file.path)),
      })),
      lineOf: lineNumber(line, true),
    };
  }
}

/**
 * Complaints about names that only generated code may use.
 * @param {any} ts
 * @param {string} code
 * @returns {Complaint[]}
 */
function takenNames(ts, code) {
  if (!code.includes('__tslab_')) return [];
  /** @type {Complaint[]} */
  const complaints = [];
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest);
  const visit = (/** @type {any} */ node) => {
    if (ts.isIdentifier(node) && node.text.startsWith('__tslab_')) {
      const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
      const message = `names that begin with __tslab_ are the kernel's own, got ${node.text}: choose another`;
      complaints.push({ line: line + 1, column: character + 1, message });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return complaints;
}

/**
 * One complaint about all `export`s at the top of a cell, of which the compiler would say what is true of files: it
 * makes exports of its own of whatever a cell declares.
 * @param {any} ts
 * @param {string} code
 * @returns {Complaint[]}
 */
function exportsOf(ts, code) {
  if (!code.includes('export')) return [];
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest);
  const exported = file.statements.filter(
    (/** @type {any} */ node) =>
      ts.isExportDeclaration(node) ||
      ts.isExportAssignment(node) ||
      node.modifiers?.some((/** @type {any} */ modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword),
  );
  const places = exported.map((/** @type {any} */ node) => {
    const word = node.modifiers?.find((/** @type {any} */ modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    return file.getLineAndCharacterOfPosition((word ?? node).getStart(file));
  });
  const [first, ...others] = places;
  if (!first) return [];
  const lines = [...new Set(others.map((/** @type {any} */ place) => place.line + 1))];
  const also = lines.length
    ? `; there is one in ${lines.length > 1 ? 'lines' : 'line'} ${lines.join(', ')} as well`
    : '';
  const message =
    'a cell needs no export: what it declares at its top is there for the cells that are run after it. ' +
    `Leave the word out, or put the code into a file, such as parts.ts, and import './parts.ts'${also}`;
  return [{ line: first.line + 1, column: first.character + 1, message }];
}

/**
 * `{ a }` becomes `{ a: a }`. Where `a` is from an earlier cell, tslab turns the second into `{ a: exports.a }` and
 * forgets the first, so that the cell fails with "a is not defined". Lines stay where they are.
 * @param {any} ts
 * @param {string} code
 */
function writeOut(ts, code) {
  /** @type {{ end: number, name: string }[]} */
  const short = [];
  const visit = (/** @type {any} */ node) => {
    if (ts.isShorthandPropertyAssignment(node)) short.push({ end: node.name.end, name: node.name.text });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest));
  return short
    .sort((a, b) => b.end - a.end)
    .reduce((out, { end, name }) => `${out.slice(0, end)}: ${name}${out.slice(end)}`, code);
}

/**
 * Counts lines from 1. tslab puts a line of its own before a cell's first.
 * @param {LineOf} line
 * @param {boolean} isCell
 * @returns {LineOf}
 */
function lineNumber(line, isCell) {
  return (row, column) => {
    const found = line(row, column);
    return found === undefined ? undefined : found + (isCell ? 0 : 1);
  };
}

/**
 * tslab splits one message into its parts: here they are one again.
 * @param {any[]} diagnostics
 * @returns {Complaint[]}
 */
function merge(diagnostics) {
  /** @type {Complaint[]} */
  const complaints = [];
  let end = -1;
  for (const d of diagnostics) {
    const last = complaints.at(-1);
    const line = d.start.line + 1;
    const column = d.start.character + 1;
    if (last && last.line === line && last.column === column && end === d.end.offset)
      last.message += '\n  ' + d.messageText;
    else complaints.push({ line, column, message: d.messageText, ...(d.fileName && { file: d.fileName }) });
    end = d.end.offset;
  }
  return complaints;
}
