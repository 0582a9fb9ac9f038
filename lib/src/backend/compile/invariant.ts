import { tf } from '../tf.js';
import { waitsForOthers, type AttributeMessage, type GraphNode, type Kind } from './graph.js';
import { signal } from './graph-state.js';

type Kinds = ReadonlyMap<string, Kind>;

/** Above this many numbers a tensor is computed anew at each call, rather than kept. */
const MOST = 2 ** 22;

/** What has another effect than its result. */
const hasEffects = (node: GraphNode) => waitsForOthers(node) || /^(Assign|NoOp|VarHandleOp)/.test(node.op);

/** What is there without being computed. */
const isGiven = ({ op, name }: GraphNode) => op === 'Const' || op === 'ReadVariableOp' || name.startsWith('constant');

/**
 * The graph with what does not change from call to call computed once: all that depends on constants and on variables
 * that `fn` does not assign to, and what convolutions make of such filters. These values are kept in variables of the
 * graph, `fixed0`, …, which what is fetched as `prepared:0` sets; nothing is to be prepared where `count` is 0. It is
 * computed by the same operations as before, so that results are the same bit for bit.
 * @param graph as `withVariables` makes it, in which what an operation needs stands before it
 * @param assigned which variables `fn` assigns to
 * @param known of all that is fed and that operations give, by `node:output`
 */
export function withInvariants(
  graph: readonly GraphNode[],
  assigned: readonly number[],
  known: Kinds,
): { nodes: GraphNode[]; count: number } {
  const { nodes: all, computed, kinds } = withPreparedFilters(graph, assigned, known);
  const fixed = new Map<string, string>(); // by what is kept: what reads it
  const nodes = all.map((node) => {
    if (computed.has(node.name) || !node.input.some((source) => computed.has(nodeOf(source)))) return node;
    const input = node.input.map((source) => {
      if (source.startsWith('^') || !computed.has(nodeOf(source))) return source;
      if (!fixed.has(source)) fixed.set(source, `fixed${fixed.size}:0`);
      return fixed.get(source)!;
    });
    return { ...node, input };
  });
  if (fixed.size === 0) return { nodes, count: 0 };
  const keeping = [...fixed.keys()].flatMap((source, i) => keep(source, i, kinds.get(source)!));
  const set = [...fixed.keys()].map((_, i) => `^fix${i}`);
  return { nodes: [...nodes, ...keeping, signal('prepared', set)], count: fixed.size };
}

/** The graph, and which of its nodes can be computed once: among them what convolutions make of their filters. */
function withPreparedFilters(graph: readonly GraphNode[], assigned: readonly number[], known: Kinds) {
  const given = new Set<string>();
  const computed = new Set<string>();
  const kinds = new Map(known);
  const changing = new Set(assigned.map((i) => `state${i}`));
  const isFixed = (source: string) => given.has(nodeOf(source)) || computed.has(nodeOf(source));
  const nodes: GraphNode[] = [];
  for (const node of graph) {
    const { name, op, input } = node;
    if (isGiven(node)) {
      if (!changing.has(name)) given.add(name);
    } else if (name.startsWith('node') && !hasEffects(node) && input.every(isFixed) && isSmall(name, kinds)) {
      computed.add(name);
    } else if (op in filtered && isFixed(input[1]) && preparedSize(node, kinds.get(input[1])!) <= MOST) {
      const [filter, prepared] = prepare(node, kinds.get(input[1])!.shape);
      computed.add(filter.name);
      kinds.set(`${filter.name}:0`, { dtype: 1, shape: [] });
      nodes.push(filter, prepared);
      continue;
    }
    nodes.push(node);
  }
  return { nodes, computed, kinds };
}

/** The convolutions in C++ that take a filter prepared, and the attribute that says which way they go. */
const filtered: Readonly<Record<string, 'turned' | 'transposed'>> = {
  NaiveDiffusionConv3x3: 'turned',
  NaiveDiffusionConvStride2: 'transposed',
};

/** A convolution as two nodes: what is made of its filter, and the rest. */
function prepare({ name, op, input, attr }: GraphNode, shape: readonly number[]): [GraphNode, GraphNode] {
  const { relu, [filtered[op]]: way } = attr;
  const [side, , inputs, outputs] = shape;
  const filter = { name: `${name}_filter`, op: `${op}Filter`, input: [input[1]], attr: { [filtered[op]]: way } };
  const sizes = {
    outputs: { i: way.b ? inputs : outputs },
    ...(op === 'NaiveDiffusionConvStride2' && { side: { i: side }, transposed: way }),
  };
  const [x, , ...addend] = input;
  return [filter, { name, op: `${op}Prepared`, input: [x, `${filter.name}:0`, ...addend], attr: { relu, ...sizes } }];
}

/** How many numbers are made of a filter, but for what fills up vectors: 36 for each pair, 4·36 in steps of two. */
function preparedSize({ op }: GraphNode, { shape: [, , inputs, outputs] }: Kind): number {
  return 36 * inputs * outputs * (op === 'NaiveDiffusionConvStride2' ? 4 : 1);
}

/** The variable that keeps a value, and what sets and reads it. */
function keep(source: string, i: number, { dtype }: Kind): GraphNode[] {
  const type: AttributeMessage = { type: dtype };
  const name = `fixedVariable${i}`;
  const shared = { s: new TextEncoder().encode(name) };
  const handle = { dtype: type, shape: { shape: { dim: [], unknownRank: true } }, shared_name: shared };
  return [
    { name, op: 'VarHandleOp', input: [], attr: handle },
    { name: `fix${i}`, op: 'AssignVariableOp', input: [name, source], attr: { dtype: type } },
    { name: `fixed${i}`, op: 'ReadVariableOp', input: [name], attr: { dtype: type } },
  ];
}

/** Whether all that an operation gives is small enough to be kept, and of a kind that is known. */
function isSmall(name: string, kinds: Kinds): boolean {
  for (let i = 0; ; i++) {
    const kind = kinds.get(`${name}:${i}`);
    if (!kind) return i > 0;
    if (tf.util.sizeFromShape([...kind.shape]) > MOST) return false;
  }
}

function nodeOf(source: string): string {
  return source.replace(/^\^|:\d+$/g, '');
}
