import { tf } from '../backend/tf.js';
import { isDisplayable, present } from './displayable.js';
import { grid } from './grid.js';
import { sendOutput, type Bundle } from './jupyter.js';
import { isSource, type Drawable } from './pixels.js';
import { tensorText } from './tensor-text.js';

/**
 * Shows a value below the cell: a picture, a figure, an animation, a tensor or a set of images, or an output of your
 * own as MIME type → content, such as `{ 'text/html': '<b>bold</b>' }`. Outside a kernel it prints a line.
 * @throws {TypeError} when the value is none of these
 */
export function show(value: unknown): void {
  if (showIfPossible(value)) return;
  if (!isBundle(value))
    throw new TypeError(
      `show: value must be a picture, a figure, an animation, a tensor of images or MIME types with their content, got ${value === null ? 'null' : typeof value}`,
    );
  if (!sendOutput(value)) console.log(value['text/plain'] ?? `[output: ${Object.keys(value).join(', ')}]`);
}

/**
 * Shows `value` if it is a picture, a figure, an animation, a tensor of images or a set of them; returns whether it
 * was.
 */
function showIfPossible(value: unknown): boolean {
  if (isDisplayable(value)) present(value);
  else if (isSource(value)) present(firstOf(value, value.length));
  else if (looksLikeImages(value)) present(firstOf(value, value.rank === 4 ? value.shape[0] : 1));
  else return false;
  return true;
}

function firstOf(images: Drawable, count: number) {
  return grid(images, {
    limit: 64,
    ...(count > 64 && { caption: `The first 64 of ${count.toLocaleString('en')} images.` }),
  });
}

/**
 * Whether a tensor is probably one of images: float32 `[batch, height, width, 1, 3 or 4]` or without the batch, 8 to
 * 1,024 pixels a side.
 */
function looksLikeImages(value: unknown): value is tf.Tensor3D | tf.Tensor4D {
  if (!(value instanceof tf.Tensor) || value.isDisposed || value.dtype !== 'float32') return false;
  const shape = value.shape as number[];
  const [height, width, channels] = shape.slice(-3);
  const side = (n: number) => n >= 8 && n <= 1024;
  return (
    (value.rank === 3 || (value.rank === 4 && shape[0] > 0)) &&
    side(height) &&
    side(width) &&
    [1, 3, 4].includes(channels)
  );
}

function isBundle(value: unknown): value is Bundle {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => key.includes('/'))
  );
}

// Notebooks in a browser ask this of a tensor that is a cell's last expression.
Object.defineProperty(tf.Tensor.prototype, '_toMime', {
  configurable: true,
  value(this: tf.Tensor): Bundle {
    if (!looksLikeImages(this)) return { 'text/plain': tensorText(this) };
    return firstOf(this, this.rank === 4 ? this.shape[0] : 1)._toMime();
  },
});

// The kernel asks this of a cell's last expression, and prints the value only where the answer is no.
(globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.show')] = showIfPossible;
