// @ts-check
// The dials of a chapter, and the unusual values that it is tried with: `notebooks/dials/NAME.json`.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** @typedef {Record<string, [string, string]>} Values two for each dial, as code */

/**
 * The values that a chapter is tried with; none, where it has no file of them.
 * @param {string} file of the notebook
 * @returns {Values}
 */
export function valuesOf(file) {
  const list = path.join(path.dirname(file), 'dials', path.basename(file).replace(/\.ipynb$/, '.json'));
  if (!fs.existsSync(list)) return {};
  const values = JSON.parse(fs.readFileSync(list, 'utf8'));
  for (const [name, two] of Object.entries(values)) {
    const fits = Array.isArray(two) && two.length === 2 && two.every((code) => typeof code === 'string');
    if (!fits) throw new Error(`${list}: ${name} must have two values, each as code in quotation marks`);
  }
  return values;
}

/**
 * The cells with dials turned.
 * @param {string[]} sources
 * @param {Record<string, string>} turned the code of the value, by the name of the dial
 * @returns {string[]}
 * @throws Error where a dial is not declared in exactly one place
 */
export function turn(sources, turned) {
  const result = [...sources];
  for (const [name, code] of Object.entries(turned)) {
    const places = result.flatMap((source, i) =>
      declarations(source).flatMap((one) => (one.name === name ? [{ ...one, i }] : [])),
    );
    if (places.length !== 1) throw new Error(`the dial ${name} is declared in ${places.length} places, not in one`);
    const [{ i, start, end }] = places;
    result[i] = result[i].slice(0, start) + code + result[i].slice(end);
  }
  return result;
}

/**
 * @typedef {{ name: string, comment: string, least?: string, most?: string }} Dial
 */

/**
 * The dials of a chapter: the constants that a call of `checkDials` names, each with its doc comment and, where it is
 * a number, the ends of its range as they are written there.
 * @param {string[]} sources
 * @returns {Dial[]}
 */
export function dialsOf(sources) {
  const declared = sources.flatMap((source) => declarations(source));
  return sources.flatMap((source) => {
    const file = parse(source);
    /** @type {Dial[]} */
    const dials = [];
    const visit = (/** @type {ts.Node} */ node) => {
      if (ts.isCallExpression(node) && node.expression.getText(file) === 'checkDials') {
        const [names, least, most] = node.arguments;
        for (const property of ts.isObjectLiteralExpression(names) ? names.properties : []) {
          const name = property.name?.getText(file) ?? '';
          const comment = declared.find((one) => one.name === name)?.comment ?? '';
          dials.push({ name, comment, ...(most && { least: least.getText(file), most: most.getText(file) }) });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return dials;
  });
}

/**
 * The constants at the top of a cell that have a value, with the places of these.
 * @param {string} source
 * @returns {{ name: string, comment: string, start: number, end: number }[]}
 */
function declarations(source) {
  const file = parse(source);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      if (!initializer) return [];
      const comments = ts.getLeadingCommentRanges(source, statement.pos) ?? [];
      const comment = comments.map(({ pos, end }) => source.slice(pos, end)).at(-1) ?? '';
      return [{ name: name.getText(file), comment, start: initializer.getStart(file), end: initializer.end }];
    }),
  );
}

/** @param {string} source */
function parse(source) {
  return ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true);
}
