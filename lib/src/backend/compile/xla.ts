import { environment } from '#platform/environment.js';
import { isNative } from '../native-op.js';
import type { GraphNode } from './graph.js';

/** XLA would draw other numbers from the same key, and give the largest of a row in another order. */
const left = /^(Stateless|TopK|NaiveDiffusion)/;
/** What feeds a graph, and the names of its state. */
const outside = /^(Placeholder|VarHandleOp)$/;
/** What hands the state over, with nothing to compute. */
const handover = /^(kept\d+|set\d+|taken)$/;

/**
 * Whether compiled functions are handed to XLA, TensorFlow's compiler: on a GPU, where to hand over thousands of small
 * operations takes longer than to do them: with `NAIVE_DIFFUSION_XLA=1` in the environment.
 */
export function usesXla(): boolean {
  return isNative() && environment('NAIVE_DIFFUSION_XLA') === '1';
}

/**
 * The graph with a mark at each operation that XLA is to compile. All that are marked become one program, with the
 * state in it; what stands before an operation that is left to TensorFlow is left to it as well, or there would be two.
 */
export function withXla(nodes: readonly GraphNode[]): GraphNode[] {
  const before = new Set<string>();
  for (const { name, op, input } of [...nodes].reverse())
    if (left.test(op) || before.has(name)) for (const source of input) before.add(source.replace(/^\^|:\d+$/g, ''));
  const isMarked = ({ name, op }: GraphNode) =>
    !left.test(op) && !outside.test(op) && !handover.test(name) && !before.has(name);
  return nodes.map((node) => (isMarked(node) ? { ...node, attr: { ...node.attr, _XlaCompile: { b: true } } } : node));
}
