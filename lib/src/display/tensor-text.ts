import { tf } from '../backend/tf.js';

/** So many values of a tensor are printed. */
const VALUES = 6;

/** A tensor in one line: shape, dtype and its first values, as in `Tensor [2, 3] float32: 0, 0.5, 1, …`. */
export function tensorText(tensor: tf.Tensor): string {
  const kind = tensor instanceof tf.Variable ? 'Variable' : 'Tensor';
  const title = `${kind} [${tensor.shape.join(', ')}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${title}, disposed`;
  if (tensor.size === 0) return `${title}, empty`;
  const values = [...firstValues(tensor)].map((value) =>
    typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value),
  );
  return `${title}: ${values.join(', ')}${tensor.size > VALUES ? ', …' : ''}`;
}

/** Complex numbers come as real and imaginary parts in turn. */
function firstValues(tensor: tf.Tensor): Iterable<unknown> {
  if (tensor.dtype === 'complex64') return tensor.dataSync<'complex64'>().slice(0, 2 * VALUES);
  return tf.tidy(() => tensor.flatten().slice(0, Math.min(VALUES, tensor.size)).dataSync());
}

// What `console.log` prints of a tensor, wherever it stands, instead of its internals.
Object.defineProperty(tf.Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  configurable: true,
  value(this: tf.Tensor): string {
    return tensorText(this);
  },
});
