import type { GraphNode } from './graph.js';

const TF_FLOAT = 1;
const TF_BFLOAT16 = 14;

/**
 * The operations that are rewritten, and which of their inputs hold images, filters or gradients; the others hold
 * shapes.
 */
const convolutions: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

/**
 * The graph with its convolutions, and their gradients, in bfloat16: their inputs are rounded to it, and their results
 * become float32 again. Sums within a convolution, and all else, stay float32.
 */
export function withBf16(nodes: readonly GraphNode[]): GraphNode[] {
  const graph: GraphNode[] = [];
  // by what is rounded: a filter or an image often serves several convolutions
  const rounded = new Map<string, string>();
  const round = (source: string): string => {
    const known = rounded.get(source);
    if (known !== undefined) return known;
    const name = `bf16_${rounded.size}`;
    graph.push(cast(name, source, TF_FLOAT, TF_BFLOAT16));
    rounded.set(source, `${name}:0`);
    return `${name}:0`;
  };
  for (const node of nodes) {
    const images = convolutions[node.op];
    if (!images || node.attr.T?.type !== TF_FLOAT) {
      graph.push(node);
      continue;
    }
    const input = node.input.map((source, i) => (images.includes(i) ? round(source) : source));
    const name = `${node.name}_bf16`;
    graph.push(
      { ...node, name, input, attr: { ...node.attr, T: { type: TF_BFLOAT16 } } },
      cast(node.name, `${name}:0`, TF_BFLOAT16, TF_FLOAT),
    );
  }
  return graph;
}

function cast(name: string, source: string, from: number, to: number): GraphNode {
  return {
    name,
    op: 'Cast',
    input: [source],
    attr: { SrcT: { type: from }, DstT: { type: to }, Truncate: { b: false } },
  };
}
