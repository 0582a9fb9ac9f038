/** The programs of a chapter with little work to do: to see that it comes to its end, not what comes of it. */
import path from 'node:path';
import ts from 'typescript';
import { readNotebook, text } from '../chapters/notebook.ts';
import { turn, valuesOf } from '../notebooks/dials.mjs';
import { ROOT } from './paths.ts';

/** The most steps that a cell may take, and the most images that it may make or see, where it says so in figures. */
const MOST: Readonly<Record<string, number>> = { steps: 4, count: 24, evenLevels: 4, end: 64, 'scrubber.start': 0 };

/**
 * The programs that change: each dial of whole numbers is turned to the smaller one of the unusual values that the
 * chapter is tried with, and where a cell says `steps: 1024`, `count: 200` or `evenLevels(50)`, it is told fewer.
 * @param name of the chapter's file, without its ending
 * @returns programs by the names of their cells
 */
export function fewSteps(name: string): Map<string, string> {
  const file = path.join(ROOT, 'notebooks', `${name}.ipynb`);
  const cells = readNotebook(file).cells.filter(({ cell_type: type }) => type === 'code');
  const little: Record<string, string> = {};
  for (const [dial, values] of Object.entries(valuesOf(file))) {
    const [a, b] = values.map(amountOf);
    if (a !== undefined && b !== undefined) little[dial] = a < b ? values[0] : values[1];
  }
  const sources = cells.map(({ source }) => text(source));
  const fewer = turn(sources, little).map(withFewer);
  return new Map(cells.flatMap(({ id }, i) => (fewer[i] === sources[i] ? [] : [[id!, fewer[i]]])));
}

/** How much work a dial's value asks for: a whole number, or the sum of a list of them; nothing for other values. */
function amountOf(code: string): number | undefined {
  const list = /^\[([\d, ]+)\]$/.exec(code)?.[1] ?? code;
  const numbers = list.split(',').map(Number);
  if (!numbers.every((value) => Number.isInteger(value) && value > 0)) return undefined;
  return numbers.reduce((sum, value) => sum + value, 0);
}

/** A program whose numbers of steps and images are none of them above {@link MOST}. */
export function withFewer(source: string): string {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true);
  const edits: { start: number; end: number; most: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (isFree(node)) return;
    const [name, ...values] = namedNumbers(node);
    const most = Object.hasOwn(MOST, name) ? MOST[name] : Infinity;
    for (const value of values) {
      if (ts.isNumericLiteral(value) && Number(value.text) > most)
        edits.push({ start: value.getStart(file), end: value.end, most });
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  let fewer = source;
  for (const { start, end, most } of edits.reverse()) fewer = fewer.slice(0, start) + String(most) + fewer.slice(end);
  return fewer;
}

/** What costs nothing in itself: the values of a slider, which computes some of them, and the choice of a subset. */
function isFree(node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node) return false;
  const called = call.expression;
  return called.getText() === 'slider' || (ts.isPropertyAccessExpression(called) && called.name.text === 'subset');
}

/** The name and the values of `name: 5`, `name(5)` and `for (const name of [1, 5])`; of other nodes, an empty name. */
function namedNumbers(node: ts.Node): [name: string, ...values: ts.Expression[]] {
  if (ts.isPropertyAssignment(node)) return [nameOf(node), node.initializer];
  if (ts.isCallExpression(node) && node.arguments.length === 1) return [node.expression.getText(), node.arguments[0]];
  if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) {
    const [{ name }] = node.initializer.declarations;
    if (ts.isArrayLiteralExpression(node.expression)) return [name.getText(), ...node.expression.elements];
  }
  return [''];
}

/** The name of a property; that of a scrubber has its name before it, since its frames become fewer as well. */
function nameOf({ name, parent }: ts.PropertyAssignment): string {
  const isOfScrubber = ts.isCallExpression(parent.parent) && parent.parent.expression.getText() === 'scrubber';
  return isOfScrubber ? `scrubber.${name.getText()}` : name.getText();
}
