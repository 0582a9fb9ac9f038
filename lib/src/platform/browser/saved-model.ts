import type { GraphNode } from '../../backend/compile/graph.js';
import type { Binding } from '../../backend/compile/native.js';

/** Graphs are for native TensorFlow, which does not run in browsers: always throws. */
export function loadGraph(_binding: Binding, _nodes: readonly GraphNode[]): number {
  throw new Error('naive-diffusion: a browser has no native TensorFlow to load graphs into');
}
