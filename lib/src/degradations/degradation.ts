import { isCompiled } from '../backend/compile/record.js';
import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { shown } from '../check.js';
import { levels } from '../level.js';
import type { Degradation, Draw, Images, Key } from '../types.js';

/** `[batch, height, width, channels]`. */
export type Shape = [batch: number, height: number, width: number, channels: number];

/** What a degradation is made of: the formula alone. {@link degradation} adds the rest. */
export interface Formula<D extends Draw> {
  /** Decides what is random; every tensor of the draw has one row for each image. Left out where nothing is random. */
  draw?(key: Key, shape: Shape): D;
  /** z_t. `t` comes as `[batch, 1, 1, 1]`, so that `tf.mul(x0, t)` multiplies every image by its own level. */
  at(draw: D, x0: Images, t: tf.Tensor4D): tf.Tensor;
  /** What t = 1 still knows of the images, `[batch, …]`. */
  residue?(x0: Images): tf.Tensor;
  /** Any images that have this residue. Goes with `residue`. */
  image?(residue: tf.Tensor, shape: Shape): tf.Tensor;
  /**
   * z_T, where that is not `at(draw, x0, 1)` of any images with this residue: for noise that leaves a trace of them.
   */
  end?(draw: D, shape: Shape): tf.Tensor;
  /** Throws where images of this shape cannot be degraded. */
  check?(shape: Shape): void;
}

/**
 * Makes a {@link Degradation} from its formula: checks what comes in, cleans up what is left over, spreads the level
 * over the images, and derives `end`: at t = 1 only the residue counts, so any images that have it lead there.
 *
 * ```ts
 * const dim = degradation('dim', { at: (_, x0, t) => tf.mul(x0, tf.sub(1, t)) });
 * ```
 * The formula is made of tensor operations only, so that it can be compiled: no `dataSync`, constants made inside it.
 * @param name what errors call it, and the kind under which it is defined among the `degradations`
 * @param options what its maker takes to make it again, as plain data, for checkpoints; none when left out
 * @throws {TypeError} when name or formula are none, or only one of `residue` and `image` is given
 * @throws {RangeError} (its functions) when images, level, draw or residue have the wrong shape, when a level lies
 * outside [0, 1], when an image is not finite, or when the formula gives images of another shape; values are not looked
 * at inside `compile`
 */
export function degradation<D extends Draw = Record<string, never>>(
  name: string,
  formula: Formula<D>,
  options?: Readonly<Record<string, unknown>>,
): Degradation<D> {
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`degradation: name must be a text that errors call it, got ${shown(name)}`);
  if (typeof formula?.at !== 'function')
    throw new TypeError(`degradation: the formula of ${name} must have a function at, got ${shown(formula?.at)}`);
  const { draw, at, residue, image, end, check } = formula;
  if (!residue !== !image)
    throw new TypeError(
      `degradation: residue and image must both be given for ${name}, got only ${residue ? 'residue' : 'image'}`,
    );
  const checkShape = (shape: number[], what: string): Shape => {
    if (shape.length !== 4 || !shape.every((n) => Number.isInteger(n) && n > 0)) {
      throw new RangeError(`${name}: ${what} must be [batch, height, width, channels], got [${shape}]`);
    }
    check?.(shape as Shape);
    return shape as Shape;
  };
  const checkImages = (x0: Images) => {
    checkShape(x0.shape, 'the shape of x0');
    if (isCompiled()) return;
    const sum = tf.tidy(() => tf.sum(x0).dataSync()[0]);
    if (!Number.isFinite(sum))
      throw new RangeError(`${name}: x0 must hold finite numbers, got images whose sum is ${sum}`);
  };
  /** A clone, for the formula may return what it got. */
  const checkResult = (what: string, result: tf.Tensor, shape: readonly number[]): Images => {
    if (!(result instanceof tf.Tensor) || result.shape.join() !== shape.join())
      throw new RangeError(`${name}: ${what} must give images of shape [${shape}], got ${shown(result)}`);
    return result.clone() as Images;
  };
  const checkRows = (what: string, tensor: tf.Tensor, batch: number) => {
    if (!(tensor instanceof tf.Tensor) || tensor.shape[0] !== batch)
      throw new RangeError(`${name}: ${what} must be for ${batch} images, got ${shown(tensor)}`);
  };
  const checkDraw = (drawn: D, batch: number) => {
    if (typeof drawn !== 'object' || drawn === null)
      throw new TypeError(`${name}: draw must be what its function draw gave, got ${shown(drawn)}`);
    for (const [part, tensor] of Object.entries(drawn)) checkRows(`draw.${part}`, tensor, batch);
  };

  return {
    spec: { kind: name, ...options },
    draw: (key, shape) => {
      const checked = checkShape(shape, 'shape');
      return tf.tidy(() => (draw ? draw(key, checked) : ({} as D)));
    },
    at: (drawn, x0, t) => {
      checkImages(x0);
      const [batch] = x0.shape;
      checkDraw(drawn, batch);
      return tf.tidy(() => {
        const columns = levels(t, batch, name).reshape<tf.Tensor4D>([batch, 1, 1, 1]);
        return checkResult('at', at(drawn, x0, columns), x0.shape);
      });
    },
    end: (drawn, shape, left) => {
      const checked = checkShape(shape, 'shape');
      const [batch] = checked;
      checkDraw(drawn, batch);
      if (!residue !== !left)
        throw new RangeError(
          `${name}: residue must ${residue ? 'be given: t = 1 depends on it' : 'be left out: nothing is left at t = 1'}`,
        );
      if (left) checkRows('residue', left, batch);
      return tf.tidy(() => {
        if (end) return checkResult('end', end(drawn, checked), checked);
        const x0 = (left ? image!(left, checked) : tf.zeros(checked)) as Images;
        return checkResult('at', at(drawn, x0, tf.ones([batch, 1, 1, 1])), checked);
      });
    },
    ...(residue && {
      residue: (x0: Images) => {
        checkImages(x0);
        return tf.tidy(() => residue(x0).clone());
      },
    }),
  };
}

/** {@link degradation} of a formula that depends on its arguments alone, as `pure` has it: all that the library has. */
export function pureDegradation<D extends Draw = Record<string, never>>(
  ...parts: Parameters<typeof degradation<D>>
): Degradation<D> {
  return pure(degradation(...parts));
}
