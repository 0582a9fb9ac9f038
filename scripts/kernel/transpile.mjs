// @ts-check
// tslab's last step, from ES modules to CommonJS: makes a cell stoppable, keeps its names apart from those of generated
// code, and remembers where lines came from.
import { SourceMap } from 'node:module';

/**
 * Names that generated code uses in the place of others, which a cell may define anew: `const require = 3` is a
 * constant like any other. Whatever begins with `__tslab_` belongs to the kernel.
 * @type {Readonly<Record<string, string>>}
 */
export const ownNames = {
  exports: '__tslab_exports__',
  require: '__tslab_require__',
  Object: '__tslab_Object__',
  Promise: '__tslab_Promise__',
};

/**
 * What is known of a piece of generated code: is there an await outside functions, and where does a place come from?
 * @typedef {{ awaits: boolean, line: (line: number, column: number) => number | undefined }} Generated lines and
 * columns from 0
 */

/** @type {Map<string, Generated>} */
const generated = new Map();

/**
 * Takes what is known of code that tslab's converter has just returned.
 * @param {string} output
 * @returns {Generated}
 */
export function takeGenerated(output) {
  const found = generated.get(output);
  generated.delete(output);
  return found ?? { awaits: false, line: () => undefined };
}

/**
 * Stands in for TypeScript's `transpileModule`.
 * @param {any} ts @param {string} code @param {any} options
 */
export function transpile(ts, code, options) {
  const inline = /\n\/\/# sourceMappingURL=data:application\/json;base64,(.*)\s*$/.exec(code);
  if (!inline) return ts.transpileModule(code, options);
  const inner = new SourceMap(JSON.parse(Buffer.from(inline[1] ?? '', 'base64').toString()));
  const found = { awaits: false };
  const result = ts.transpileModule(code.slice(0, inline.index), {
    ...options,
    compilerOptions: { ...options.compilerOptions, sourceMap: true },
    transformers: { before: [guardCell(ts, found, inner)], after: [useOwnNames(ts)] },
  });
  const outputText = result.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
  const outer = new SourceMap(JSON.parse(result.sourceMapText));
  const lines = outputText.split('\n').length;
  generated.set(outputText, {
    awaits: found.awaits,
    line(line, column) {
      const middle = line >= 0 && line < lines ? originalOf(outer, line, column) : undefined;
      return middle && originalOf(inner, middle.line, middle.column)?.line;
    },
  });
  return { ...result, outputText };
}

/**
 * @param {import('node:module').SourceMap} map
 * @param {number} line @param {number} column both from 0
 * @returns {{ line: number, column: number } | undefined} both from 0
 */
function originalOf(map, line, column) {
  const entry = map.findEntry(line, column);
  return 'originalLine' in entry ? { line: entry.originalLine, column: entry.originalColumn } : undefined;
}

/**
 * `await x` becomes `await __tslab__.guard(x, LINE)`, `for await (… of x)` becomes
 * `for await (… of __tslab__.guardEach(x, LINE))`, and the body of every loop begins with `__tslab__.check()`.
 * @param {any} ts
 * @param {{ awaits: boolean }} found set when an await stands outside all functions
 * @param {import('node:module').SourceMap} map from the code to its source: LINE is the source's, from 0
 */
function guardCell(ts, found, map) {
  const { factory } = ts;
  const call = (/** @type {string} */ name, /** @type {any[]} */ ...given) =>
    factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier('__tslab__'), name),
      undefined,
      given,
    );
  const lineOf = (/** @type {any} */ node) => {
    const file = node.getSourceFile();
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
    return factory.createNumericLiteral(originalOf(map, line, character)?.line ?? 0);
  };
  const checked = (/** @type {any} */ body) =>
    factory.createBlock([factory.createExpressionStatement(call('check')), body]);
  return (/** @type {any} */ context) => {
    const visit = (/** @type {any} */ node, /** @type {boolean} */ top) => {
      const inner = top && !ts.isFunctionLike(node) && !ts.isClassStaticBlockDeclaration(node);
      const visited = ts.visitEachChild(node, (/** @type {any} */ child) => visit(child, inner), context);
      const { awaitModifier, condition, expression, incrementor, initializer, statement } = visited;
      if (ts.isAwaitExpression(visited)) {
        found.awaits ||= inner;
        return factory.updateAwaitExpression(visited, call('guard', expression, lineOf(node)));
      }
      if (ts.isForOfStatement(visited)) {
        if (awaitModifier) found.awaits ||= inner;
        const each = awaitModifier ? call('guardEach', expression, lineOf(node)) : expression;
        return factory.updateForOfStatement(visited, awaitModifier, initializer, each, checked(statement));
      }
      if (ts.isWhileStatement(visited)) return factory.updateWhileStatement(visited, expression, checked(statement));
      if (ts.isDoStatement(visited)) return factory.updateDoStatement(visited, checked(statement), expression);
      if (ts.isForInStatement(visited))
        return factory.updateForInStatement(visited, initializer, expression, checked(statement));
      if (ts.isForStatement(visited))
        return factory.updateForStatement(visited, initializer, condition, incrementor, checked(statement));
      return visited;
    };
    return (/** @type {any} */ file) => visit(file, true);
  };
}

/**
 * Gives the names that the compiler itself puts in their own spelling; a cell's `exports` and `require` stay.
 * @param {any} ts
 */
function useOwnNames(ts) {
  const { factory } = ts;
  return (/** @type {any} */ context) => {
    const renamed = (/** @type {any} */ node) => {
      const own = ts.isIdentifier(node) && node.pos < 0 && !node.original ? ownNames[node.text] : undefined;
      return own ? factory.createIdentifier(own) : node;
    };
    /** @type {(node: any) => any} */
    const visit = (node) =>
      ts.isPropertyAccessExpression(node)
        ? factory.updatePropertyAccessExpression(node, visit(node.expression), node.name)
        : renamed(ts.visitEachChild(node, visit, context));
    // The compiler writes some of them only while it prints.
    const substitute = context.onSubstituteNode;
    context.enableSubstitution(ts.SyntaxKind.Identifier);
    context.onSubstituteNode = (/** @type {any} */ hint, /** @type {any} */ node) => {
      const substituted = substitute(hint, node);
      return hint === ts.EmitHint.Expression ? renamed(substituted) : substituted;
    };
    return visit;
  };
}
