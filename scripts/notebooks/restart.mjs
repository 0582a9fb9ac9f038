// @ts-check
// What a chapter says of a restart: which cells every section needs.
import ts from 'typescript';
import { isCode, sectionsOf } from './cells.mjs';

/**
 * @typedef {import('./cells.mjs').Cell} Cell
 * @typedef {object} Start
 * @property {string} title of a section
 * @property {number[]} before the cells to run before it, in their order
 * @property {number[]} cells its own
 */

const FORM =
  'Its form is "After a restart, run *One section* and *Another*; each later section can then be run on its own. ' +
  '*A later one* also needs *A third*; *the last* needs only *One section*.", or "run all up to *A section*", with the ' +
  'headings of the chapter.';

/**
 * The sections that can be run on their own after a restart, as the chapter's first paragraph about it says.
 * @param {Cell[]} cells
 * @returns {Start[]} in the order of the chapter, without those that are to be run first
 * @throws Error where the chapter says nothing of it, or names what it does not have
 */
export function startsOf(cells) {
  const sections = sectionsOf(cells);
  const said = cells.map(({ type, source }) =>
    type === 'markdown' ? /^.*After a restart, run (.*)$/m.exec(source) : null,
  );
  const paragraph = said.find((match) => match)?.[1];
  if (!paragraph) throw new Error(`The chapter does not say what to run after a restart. ${FORM}`);
  const [first, ...others] = paragraph.split(/[.;] |\.$/);
  const always = named(first, sections);
  if (!always.length) throw new Error(`"After a restart, run ${first}" names no section. ${FORM}`);
  const last = Math.max(...always.flatMap((section) => section.cells));
  const upTo = /\bup to\b/.test(first) ? cells.flatMap((cell, n) => (isCode(cell) && n <= last ? [n] : [])) : [];
  const initial = ordered([...upTo, ...always.flatMap((section) => section.cells)]);
  /** @type {Map<string, number[]>} */
  const needs = new Map();
  for (const clause of others.filter((words) => /\bneeds?\b/.test(words))) {
    const [, subject = '', , kind = '', object = ''] =
      /^(.*?)(\balso needs?\b|\bneeds? (only)\b)(.*)$/.exec(clause) ?? [];
    const which = named(subject, sections);
    const what = named(object, sections).flatMap((section) => section.cells);
    if (!which.length || !what.length || which.some(({ level }) => level !== 2))
      throw new Error(`"${clause}" is not understood. ${FORM}`);
    for (const { title } of which) needs.set(title, [...(needs.get(title) ?? (kind ? [] : initial)), ...what]);
  }
  return sections
    .filter(({ level, cells: own }) => level === 2 && own.some((n) => !initial.includes(n)))
    .map(({ title, cells: own }) => {
      const before = ordered(needs.get(title) ?? initial);
      return { title, before, cells: own.filter((n) => !before.includes(n)) };
    });
}

/**
 * The order in which one kernel runs every section in sight of what it needs and of sections that follow it, from last
 * to first: what a section needs of an earlier one, and does not say, is not there.
 * @param {Cell[]} cells
 * @returns {number[]}
 */
export function backwards(cells) {
  /** @type {number[]} */
  const order = [];
  for (const { before, cells: own } of startsOf(cells).reverse()) {
    for (const n of before) if (!order.includes(n)) order.push(n);
    for (const n of own) if (!order.includes(n)) order.push(n);
  }
  return order;
}

/**
 * The names of cells that each section uses though it is run without them.
 * @param {Cell[]} cells
 * @returns {string[]} `Faces from nothing needs blurry`, one for each
 */
export function missingNames(cells) {
  const starts = startsOf(cells);
  const sources = starts.map(({ before, cells: own }) =>
    [...before, ...own]
      .map((n) => cells[n].source)
      .join('\n;\n')
      .concat('\nexport {};'),
  );
  const everything = cells
    .filter(isCode)
    .map(({ source }) => source)
    .join('\n;\n');
  const declared = declaredIn(everything);
  return undeclared(sources).flatMap((names, i) =>
    names.filter((name) => declared.has(name)).map((name) => `${starts[i].title} needs ${name}`),
  );
}

/**
 * The sections between stars.
 * @param {string} words
 * @param {import('./cells.mjs').Section[]} sections
 */
function named(words, sections) {
  return [...words.matchAll(/\*(.+?)\*/g)].map(([, name]) => {
    const exact = sections.filter(({ title }) => title === name);
    const found = exact.length ? exact : sections.filter(({ title }) => title.startsWith(`${name}:`));
    if (found.length !== 1)
      throw new Error(
        `The chapter has ${found.length} sections "${name}"; it has ${sections.map((s) => s.title).join(', ')}.`,
      );
    return found[0];
  });
}

/** @param {number[]} numbers */
function ordered(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * Names that a program declares at its top.
 * @param {string} source
 */
function declaredIn(source) {
  const file = ts.createSourceFile('all.ts', source, ts.ScriptTarget.Latest);
  /** @type {Set<string>} */
  const names = new Set();
  const add = (/** @type {ts.BindingName | undefined} */ name) => {
    if (!name) return;
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) add(name);
    else if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      add(statement.importClause?.name);
      if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) add(name);
      else if (bindings) add(bindings.name);
    } else if ('name' in statement) add(/** @type {ts.Identifier | undefined} */ (statement.name));
  }
  return names;
}

/**
 * For each program, the names that nothing in it declares. Nothing is imported: types do not matter here.
 * @param {string[]} sources
 * @returns {string[][]}
 */
function undeclared(sources) {
  const files = new Map(
    sources.map((text, i) => [`/${i}.ts`, ts.createSourceFile(`/${i}.ts`, text, ts.ScriptTarget.ESNext, true)]),
  );
  const options = {
    noLib: true,
    noResolve: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
  };
  const program = ts.createProgram([...files.keys()], options, {
    getSourceFile: (name) => files.get(name),
    getDefaultLibFileName: () => 'lib.d.ts',
    writeFile: () => {},
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (name) => files.has(name),
    readFile: (name) => files.get(name)?.text,
  });
  return [...files.values()].map((file) => {
    const complaints = program.getSemanticDiagnostics(file);
    const texts = complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    const names = texts.map((text) => /(?:Cannot find (?:name|namespace)|shorthand property) '(\w+)'/.exec(text)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))].map(String);
  });
}
