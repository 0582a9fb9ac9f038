// @ts-check
// Shift+Tab: what stands at the cursor, or else the function whose arguments are being written there.

/**
 * Where the name of the innermost call around a position ends.
 * @param {any} ts
 * @param {string} code
 * @param {number} position
 * @returns {number | undefined} a position in that name
 */
export function calledAt(ts, code, position) {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest);
  /** @type {any} */
  let called;
  const visit = (/** @type {any} */ node) => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && isBetweenParentheses(node)) called = node.expression;
    ts.forEachChild(node, visit);
  };
  /** @param {any} call */
  const isBetweenParentheses = (call) => {
    if (!call.arguments) return false; // `new Thing`
    const end = call.arguments.end;
    const closed = code.slice(end).search(/\S/);
    const close = closed >= 0 && code[end + closed] === ')' ? end + closed : code.length;
    return position >= call.arguments.pos && position <= close;
  };
  visit(file);
  if (!called) return undefined;
  const name = ts.isPropertyAccessExpression(called) ? called.name : called;
  return name.getStart(file);
}

/**
 * @param {any} info TypeScript's quick info
 * @returns {string} signature, documentation, and all tags
 */
export function printInfo({ displayParts = [], documentation = [], tags = [] }) {
  const text = (/** @type {{ text: string }[]} */ parts) =>
    parts
      .map((part) => part.text)
      .join('')
      .replace(/\{@link\s+([^}|]+?)\s*(?:\|[^}]*)?\}/g, '$1');
  const notes = tags.map((/** @type {any} */ tag) => `@${tag.name} ${text(tag.text ?? [])}`.trimEnd());
  return [text(displayParts), text(documentation), notes.join('\n')].filter(Boolean).join('\n\n');
}
