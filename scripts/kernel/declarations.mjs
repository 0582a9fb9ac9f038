// @ts-check
// What later cells see of a cell: its declarations. Whatever a cell computes has a type that can be declared, if need
// be roughly; for a library's author an "inferred type cannot be named" is a fault, for a cell it is none.

/** Complaints about valid cells: imports with the ending `.ts`, and packages that bring no types. */
const HARMLESS = new Set([5097, 7016]);

/** A longer type is not written out, and counts as `any` in later cells. */
const MAX_TYPE = 20_000;

/**
 * What is wrong with files, apart from what only concerns declarations.
 * @param {any} ts
 * @param {any} program
 * @param {any[]} files
 * @returns {any[]}
 */
export function diagnosticsOf(ts, program, files) {
  const found = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return [...ts.sortAndDeduplicateDiagnostics(found)].filter((diagnostic) => !HARMLESS.has(diagnostic.code));
}

/**
 * Makes a builder write declarations whether or not all types can be named.
 * @param {any} ts
 * @param {any} builder what `createEmitAndSemanticDiagnosticsBuilderProgram` returns
 */
export function emitAlways(ts, builder) {
  builder.emit = (
    /** @type {any} */ file,
    /** @type {any} */ write,
    /** @type {any} */ cancellation,
    /** @type {any} */ only,
    /** @type {any} */ transformers,
  ) => {
    const program = builder.getProgram();
    const afterDeclarations = [...(transformers?.afterDeclarations ?? []), nameTypes(ts, program.getTypeChecker())];
    return program.emit(file, write, cancellation, only, { ...transformers, afterDeclarations }, true);
  };
  return builder;
}

/**
 * A transformer of declarations. A module that was imported with `await import()` is declared by its name instead of by
 * all its members; and what the compiler has given up as `any` gets its type, named by the file it comes from.
 * @param {any} ts
 * @param {any} checker
 */
function nameTypes(ts, checker) {
  const printer = ts.createPrinter({ removeComments: true });
  const { NoTruncation, AllowNodeModulesRelativePaths, UseStructuralFallback } = ts.NodeBuilderFlags;
  const flags = NoTruncation | AllowNodeModulesRelativePaths | UseStructuralFallback;
  return (/** @type {any} */ context) => {
    const visit = (/** @type {any} */ node) => {
      const visited = ts.visitEachChild(node, visit, context);
      const source = ts.getParseTreeNode(node);
      if (!source || source.type || !('type' in visited) || !isTyped(node)) return visited;
      const type = moduleType(source) ?? (visited.type?.kind === ts.SyntaxKind.AnyKeyword && typeOf(source));
      return type ? retyped(visited, type) : visited;
    };
    return visit;
  };

  /** @param {any} node */
  function isTyped(node) {
    return ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || isFunction(node);
  }

  /** @param {any} node */
  function isFunction(node) {
    return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node);
  }

  /**
   * `typeof import('x')` for a variable that holds `await import('x')`.
   * @param {any} source
   */
  function moduleType(source) {
    const awaited = ts.isVariableDeclaration(source) && source.initializer;
    const call = awaited && ts.isAwaitExpression(awaited) && awaited.expression;
    if (!call || !ts.isImportCall(call) || !ts.isStringLiteralLike(call.arguments[0])) return undefined;
    const itself = () =>
      ts.factory.createImportTypeNode(
        ts.factory.createLiteralTypeNode(ts.factory.createStringLiteral(call.arguments[0].text)),
        undefined,
        undefined,
        undefined,
        true,
      );
    if (!checker.getTypeAtLocation(source).getProperty('default')) return itself();
    const member = ts.factory.createPropertySignature(undefined, 'default', undefined, itself());
    return ts.factory.createIntersectionTypeNode([itself(), ts.factory.createTypeLiteralNode([member])]);
  }

  /**
   * The type of a variable or the result of a function, if it can be written.
   * @param {any} source
   */
  function typeOf(source) {
    const type = isFunction(source)
      ? checker.getReturnTypeOfSignature(checker.getSignatureFromDeclaration(source))
      : checker.getTypeAtLocation(source);
    if (type.flags & ts.TypeFlags.Any) return undefined;
    const file = source.getSourceFile();
    const node = checker.typeToTypeNode(type, file, flags);
    return node && printer.printNode(ts.EmitHint.Unspecified, node, file).length <= MAX_TYPE ? node : undefined;
  }

  /** @param {any} node @param {any} type */
  function retyped(node, type) {
    const { factory } = ts;
    if (ts.isVariableDeclaration(node))
      return factory.updateVariableDeclaration(node, node.name, node.exclamationToken, type, node.initializer);
    if (ts.isPropertyDeclaration(node)) {
      const mark = node.questionToken ?? node.exclamationToken;
      return factory.updatePropertyDeclaration(node, node.modifiers, node.name, mark, type, node.initializer);
    }
    if (ts.isMethodDeclaration(node)) {
      const { modifiers, asteriskToken, name, questionToken, typeParameters, parameters, body } = node;
      return factory.updateMethodDeclaration(
        ...[node, modifiers, asteriskToken, name, questionToken, typeParameters, parameters, type, body],
      );
    }
    const { modifiers, asteriskToken, name, typeParameters, parameters, body } = node;
    return factory.updateFunctionDeclaration(
      ...[node, modifiers, asteriskToken, name, typeParameters, parameters, type, body],
    );
  }
}
