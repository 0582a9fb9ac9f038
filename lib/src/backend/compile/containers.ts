import { tf } from '../tf.js';

/**
 * Tensors in the containers that a compiled function takes and returns: alone, in arrays, in objects, or none at all.
 */
export type Tensors = tf.Tensor | undefined | void | readonly Tensors[] | { readonly [name: string]: Tensors };

/** The shape of a container: a number stands for the tensor at that place among the leaves. */
export type Tree = number | null | Tree[] | { [name: string]: Tree };

/** Takes a container apart into its tensors and its shape. `name` is what an error calls the container. */
export function takeApart(container: unknown, name: string): { leaves: tf.Tensor[]; tree: Tree } {
  const leaves: tf.Tensor[] = [];
  const visit = (value: unknown, at: string): Tree => {
    if (value === undefined) return null;
    if (value instanceof tf.Tensor) {
      if (value.isDisposed)
        throw new Error(`${at} must be a tensor that is still there, got one that has been disposed of`);
      return leaves.push(value as tf.Tensor) - 1;
    }
    if (Array.isArray(value)) return value.map((v, i) => visit(v, `${at}[${i}]`));
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, visit(v, `${at}.${k}`)]));
    throw new TypeError(`${at} must be a tensor, or tensors in arrays and objects, got ${describe(value)}`);
  };
  return { tree: visit(container, name), leaves };
}

/** The inverse of {@link takeApart}. */
export function putTogether(tree: Tree, leaves: readonly tf.Tensor[]): Tensors {
  if (tree === null) return undefined;
  if (typeof tree === 'number') return leaves[tree];
  if (Array.isArray(tree)) return tree.map((branch) => putTogether(branch, leaves));
  return Object.fromEntries(Object.entries(tree).map(([key, branch]) => [key, putTogether(branch, leaves)]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return `the number ${value} (wrap it with tf.scalar, and it is an input)`;
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise (fn must be synchronous)';
  return typeof value === 'object' ? `an instance of ${value.constructor.name}` : `a ${typeof value}`;
}
