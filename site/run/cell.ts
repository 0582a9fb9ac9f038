/** Cells of TypeScript as JavaScript that a worker can run one after another. */
import {
  parse,
  tokTypes,
  type ExportSpecifier,
  type ModuleDeclaration,
  type Pattern,
  type Program,
  type Statement,
  type Token,
} from 'acorn';
import { transform } from 'sucrase';
import type { Fault } from './protocol';

export interface CompiledCell {
  /**
   * The body of an async function that is given the cell's helper as {@link HELPER}. Its lines are those of the source.
   * Names that the cell declares at its top are properties of the global object, so that later cells know them.
   */
  code: string;
  /** The names that the cell declares at its top. */
  names: string[];
}

/**
 * The name of what a compiled cell calls: `import(module)`, and of what takes the value of its last expression, `last`.
 */
export const HELPER = '__cell';

/** A cell that is no TypeScript. */
export class CellSyntaxError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'SyntaxError';
    this.fault = fault;
  }
}

/**
 * Compiles a cell: leaves out its types, makes its names known to later cells, and keeps the value of its last
 * expression. Types are not checked.
 * @throws {CellSyntaxError} when it cannot be read, with the place
 */
export function compileCell(source: string): CompiledCell {
  const script = withoutTypes(source);
  const text = new Edited(script);
  const names: string[] = [];
  const functions: string[] = [];
  const { body } = parsed(script);
  for (const statement of body) publish(statement, text, names, functions);
  const last = body.at(-1);
  if (last?.type === 'ExpressionStatement') {
    // From its brackets on, which are no part of the expression itself, to before its semicolon.
    text.insert(last.start, `;${HELPER}.last = (`);
    text.insert(script[last.end - 1] === ';' ? last.end - 1 : last.end, ')');
  }
  const hoisted = functions.map((name) => `globalThis.${name} = ${name};`).join('');
  return { code: `'use strict';${hoisted}${text.toString()}`, names };
}

function withoutTypes(source: string): string {
  try {
    // Later cells may use an import that this one does not.
    return transform(source, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: true }).code;
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    throw new CellSyntaxError({
      name: 'SyntaxError',
      message: message.replace(/^Error transforming \S+: /, '').replace(/ \(\d+:\d+\)$/, ''),
      ...(loc && { line: loc.line, column: loc.column }),
    });
  }
}

function parsed(script: string): Program {
  const tokens: Token[] = [];
  let program: Program;
  try {
    program = parse(script, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
      onToken: tokens,
    });
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    throw new CellSyntaxError({
      name: 'SyntaxError',
      message: message.replace(/ \(\d+:\d+\)$/, ''),
      ...(loc && { line: loc.line }), // without its types, a line is shorter
    });
  }
  for (const [i, { type, start }] of tokens.entries())
    if (type === tokTypes._import && tokens.at(i + 1)?.type === tokTypes.dot)
      throw new CellSyntaxError({
        name: 'SyntaxError',
        message: 'a cell has no `import.meta`: it is no file',
        line: lineOf(script, start),
      });
  return program;
}

/** What a module may have, and the body of a function may not. */
function refused(what: string, line: number): CellSyntaxError {
  const message = `a cell has no ${what}: what it declares at its top is known to later cells as it is`;
  return new CellSyntaxError({ name: 'SyntaxError', message, line });
}

/** Makes a statement's declarations assignments to the global object. */
function publish(statement: Statement | ModuleDeclaration, text: Edited, names: string[], functions: string[]): void {
  switch (statement.type) {
    case 'ImportDeclaration': {
      const from = `await ${HELPER}.import(${JSON.stringify(statement.source.value)})`;
      const parts: string[] = [];
      for (const specifier of statement.specifiers) {
        const local = specifier.local.name;
        names.push(local);
        if (specifier.type === 'ImportNamespaceSpecifier') parts.push(`${local} = ${from};`);
        else if (specifier.type === 'ImportDefaultSpecifier') parts.push(`({ default: ${local} } = ${from});`);
        else {
          const { imported } = specifier;
          const name = imported.type === 'Identifier' ? imported.name : JSON.stringify(imported.value);
          parts.push(`({ ${name}: ${local} } = ${from});`);
        }
      }
      text.replace(statement.start, statement.end, `;${parts.length > 0 ? parts.join('') : `${from};`}`);
      break;
    }
    case 'VariableDeclaration':
      text.replace(statement.start, statement.start + statement.kind.length, ';');
      for (const { id, init, start, end } of statement.declarations) {
        collect(id, names);
        text.insert(start, '(');
        text.insert(end, init ? ')' : ' = undefined)');
      }
      break;
    case 'FunctionDeclaration':
      names.push(statement.id.name);
      functions.push(statement.id.name);
      break;
    case 'ClassDeclaration':
      names.push(statement.id.name);
      text.insert(statement.start, `;${statement.id.name} = `);
      text.insert(statement.end, ';');
      break;
    case 'ExportNamedDeclaration':
      if (statement.declaration) {
        text.replace(statement.start, statement.declaration.start, '');
        publish(statement.declaration, text, names, functions);
      } else if (statement.source || statement.specifiers.some(isRenamed)) {
        throw refused('`export` of other names than its own', text.lineOf(statement.start));
      } else text.replace(statement.start, statement.end, ';');
      break;
    case 'ExportDefaultDeclaration':
      throw refused('`export default`', text.lineOf(statement.start));
    case 'ExportAllDeclaration':
      throw refused('`export *`', text.lineOf(statement.start));
  }
}

function isRenamed({ local, exported }: ExportSpecifier): boolean {
  return exported.type !== 'Identifier' || local.type !== 'Identifier' || local.name !== exported.name;
}

/** The names that a pattern declares. */
function collect(pattern: Pattern, names: string[]): void {
  switch (pattern.type) {
    case 'Identifier':
      names.push(pattern.name);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties)
        collect(property.type === 'RestElement' ? property.argument : property.value, names);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) collect(element, names);
      break;
    case 'AssignmentPattern':
      collect(pattern.left, names);
      break;
    case 'RestElement':
      collect(pattern.argument, names);
      break;
  }
}

/** Of a place in a text, counted from 1. */
function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** A text with pieces put in and replaced; its lines keep their numbers. */
class Edited {
  readonly #text: string;
  readonly #edits: { start: number; end: number; by: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  lineOf(at: number): number {
    return lineOf(this.#text, at);
  }

  insert(at: number, piece: string): void {
    this.#edits.push({ start: at, end: at, by: piece });
  }

  replace(start: number, end: number, by: string): void {
    const lines = this.#text.slice(start, end).split('\n').length - by.split('\n').length;
    this.#edits.push({ start, end, by: by + '\n'.repeat(Math.max(0, lines)) });
  }

  toString(): string {
    let [out, at] = ['', 0];
    const inOrder = this.#edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.start - b.start || a.i - b.i);
    for (const { start, end, by } of inOrder) {
      out += this.#text.slice(at, start) + by;
      at = end;
    }
    return out + this.#text.slice(at);
  }
}
