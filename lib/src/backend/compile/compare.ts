import type { GraphNode, TensorMessage } from './graph.js';
import type { Recording } from './record.js';

/**
 * What differs between the recordings of two calls, in words; nothing if they are equal bit for bit.
 * What differs would freeze in a graph, though it changes from call to call.
 */
export function differenceOf(first: Recording, second: Recording): string | undefined {
  for (const [i, a] of first.nodes.entries()) {
    const b = second.nodes[i];
    if (!b || a.op !== b.op)
      return `fn ran ${a.op} in its first call and ${b ? b.op : 'nothing'} in its place in the second`;
    if (isSame(a, b)) continue;
    if (a.op === 'Const') {
      return `an array ${shapeOf(a)} made in JavaScript for ${userOf(a, first.nodes)} changed between the first call and the second: make it an input`;
    }
    const attribute = Object.keys({ ...a.attr, ...b.attr }).find((key) => !isSame(a.attr[key], b.attr[key]));
    return attribute
      ? `the attribute ${attribute} of ${a.op} changed between the first call and the second`
      : `${a.op} worked on other tensors in the second call than in the first`;
  }
  const more = second.nodes[first.nodes.length];
  if (more) return `fn ran ${more.op} in its second call and not in its first`;
  if (!isSame(first.tree, second.tree)) return 'fn returned tensors in another arrangement in its second call';
  if (!isSame(first.assigned, second.assigned))
    return 'fn assigned to other variables in its second call than in its first';
  return undefined;
}

function shapeOf({ attr }: GraphNode): string {
  const { tensorShape } = attr.value.tensor as TensorMessage;
  return `[${tensorShape.dim.map(({ size }) => size).join(', ')}]`;
}

function userOf({ name }: GraphNode, nodes: readonly GraphNode[]): string {
  const user = nodes.find(({ input }) => input.includes(`${name}:0`));
  return !user || user.name.startsWith('output') ? 'the result' : user.op;
}

/** Whether plain data, with arrays of bytes in it, is the same to the last bit; 0 and −0 differ. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key as never], b[key as never]))
  );
}
