import type { AttributeMessage, GraphNode } from './graph.js';
import type { Recording } from './record.js';

/**
 * The graph of a recording with its state in variables of the graph, instead of feeds and fetches. These can be
 * fetched: the results together with `done:0`, which assigns the new values; `kept0:0`, … for the variables' values;
 * and `taken:0`, which sets all of them to what is fed as `new0:0`, …
 */
export function withVariables({ nodes, fetches, assigned }: Recording): GraphNode[] {
  const graph: GraphNode[] = [];
  const sets: string[] = [];
  const types = new Map<string, AttributeMessage>();
  for (const node of nodes) {
    const [, i] = /^state(\d+)$/.exec(node.name) ?? [];
    if (i === undefined) {
      graph.push(node);
      continue;
    }
    const { dtype, shape } = node.attr;
    types.set(i, dtype);
    graph.push(
      {
        name: `variable${i}`,
        op: 'VarHandleOp',
        input: [],
        attr: { dtype, shape, shared_name: { s: new TextEncoder().encode(`variable${i}`) } },
      },
      { name: `state${i}`, op: 'ReadVariableOp', input: [`variable${i}`], attr: { dtype } },
      { name: `kept${i}`, op: 'ReadVariableOp', input: [`variable${i}`], attr: { dtype } },
      { name: `new${i}`, op: 'Placeholder', input: [], attr: { dtype, shape } },
      { name: `set${i}`, op: 'AssignVariableOp', input: [`variable${i}`, `new${i}`], attr: { dtype } },
    );
    sets.push(`^set${i}`);
  }
  // Nothing is assigned before everything has been computed: no value is read too late, and a failed run changes
  // nothing.
  const computed = fetches.map((fetch) => `^${fetch.split(':')[0]}`);
  graph.push({ name: 'computed', op: 'NoOp', input: [...computed, ...assigned.map((i) => `^state${i}`)], attr: {} });
  const newValues = fetches.slice(fetches.length - assigned.length);
  for (const [k, i] of assigned.entries()) {
    graph.push({
      name: `assign${i}`,
      op: 'AssignVariableOp',
      input: [`variable${i}`, newValues[k], '^computed'],
      attr: { dtype: types.get(`${i}`)! },
    });
  }
  graph.push(signal('taken', sets), signal('done', ['^computed', ...assigned.map((i) => `^assign${i}`)]));
  return graph;
}

/** Something to fetch, that is there once `after` has happened. */
export function signal(name: string, after: string[]): GraphNode {
  const TF_BOOL = 10;
  return {
    name,
    op: 'Const',
    input: after,
    attr: {
      dtype: { type: TF_BOOL },
      value: { tensor: { dtype: TF_BOOL, tensorShape: { dim: [] }, boolVal: [true] } },
    },
  };
}
