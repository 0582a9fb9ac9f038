import { cosineTransform } from '../backend/cosine-transform.js';
import { tf } from '../backend/tf.js';
import { checkImageShape, checkKnown, checkNumber, checkTensor, shown } from '../check.js';
import { levels } from '../level.js';
import type { Degradation, Draw, Images, ImageShape, Level } from '../types.js';
import { checkDegradation } from './belonging.js';

/**
 * A linear degradation taken apart: y = c + H·(x − c), where H = Vᵀ·S·V, V turns images into as many coefficients, S
 * multiplies each of them by its singular value, and c is a grey that stays as it is. V is orthonormal, so that noise
 * of the same strength in all pixels is as strong in all coefficients. H is symmetric, its own transpose.
 */
export interface LinearOperator {
  /** Height, width and channels of the images. */
  readonly shape: ImageShape;
  /**
   * The singular values S, from 0, nothing is left, to 1, all is: `[1, height, width, channels]`, or with a row for
   * each image where images are degraded in ways of their own.
   */
  readonly singularValues: tf.Tensor4D;
  /** c, in the images' range: the value that the degradation leaves alone. */
  readonly centre: number;
  /** All tensors that it uses, for `constants`. */
  readonly constants: readonly tf.Tensor[];
  /** V·x: the coefficients of images, both `[batch, height, width, channels]`. */
  into(x: tf.Tensor): tf.Tensor4D;
  /** Vᵀ·coefficients: the images that have them. */
  outOf(coefficients: tf.Tensor): Images;
  /** H·x, without the c: the same for images and for differences of images where c is 0. */
  apply(x: tf.Tensor): Images;
  /** c + H·(x − c): what the degradation makes of images. */
  degrade(x: Images): Images;
  /** Frees its tensors. */
  dispose(): void;
}

/** What a {@link separableOperator} is made of. */
export interface OperatorParts {
  /** Height, width and channels of the images. */
  shape: ImageShape;
  /** The singular values, `[1 or batch, height, width, channels]`, none below 0. They become the operator's. */
  singularValues: tf.Tensor4D;
  /** Orthonormal `[height, height]`, whose rows are what a column of pixels is made of; the pixels when left out. */
  rows?: Float32Array;
  /** The same for a row of pixels, `[width, width]`. */
  columns?: Float32Array;
  /** The same for the channels of a pixel, `[channels, channels]`. */
  channels?: Float32Array;
  /** The value that it leaves alone, in the images' range: 0 when left out. */
  centre?: number;
}

/**
 * The operator of an orthonormal transform that takes rows, columns and channels one after the other, and of singular
 * values: for a linear degradation of a reader's own.
 *
 * ```ts
 * const singularValues = tf.ones([1, 32, 32, 3]) as tf.Tensor4D;
 * const nothing = separableOperator({ shape: [32, 32, 3], singularValues });
 * ```
 * @throws {RangeError} when a part has the wrong size, a transform is not orthonormal to 1e-4, or a singular value is
 * below 0
 * @throws {TypeError} when singularValues is no tensor, or for an option that there is not
 */
export function separableOperator(parts: OperatorParts): LinearOperator {
  checkKnown('separableOperator', parts, ['shape', 'singularValues', 'rows', 'columns', 'channels', 'centre']);
  const { shape, singularValues, rows, columns, channels, centre = 0 } = parts;
  checkImageShape('separableOperator', 'shape', shape);
  checkNumber('separableOperator', 'centre', centre, Number.isFinite, 'be a finite number');
  const batch = singularValues instanceof tf.Tensor ? singularValues.shape[0] : 1;
  checkTensor('separableOperator', 'singularValues', singularValues, [batch, ...shape]);
  const values = singularValues.dataSync();
  const bad = values.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined)
    throw new RangeError(`separableOperator: singularValues must be numbers of at least 0, got ${bad}`);
  const given = { rows, columns, channels };
  for (const [axis, name] of (['rows', 'columns', 'channels'] as const).entries())
    checkOrthonormal(name, given[name], shape[axis]);
  const bases = [rows, columns, channels].map((basis, axis) => basis && tf.tensor2d(basis, [shape[axis], shape[axis]]));
  const along = (x: tf.Tensor, inverse: boolean): tf.Tensor4D => {
    let y = x as tf.Tensor4D;
    for (const [axis, basis] of bases.entries()) if (basis) y = times(y, basis, axis + 1, inverse);
    return y;
  };
  const constants = [singularValues, ...bases.filter((basis) => basis !== undefined)];
  const apply = (x: tf.Tensor) => tf.tidy(() => along(tf.mul(along(x, false), singularValues), true) as Images);
  return {
    shape,
    singularValues,
    centre,
    constants,
    into: (x) => tf.tidy(() => along(x, false).clone()),
    outOf: (coefficients) => tf.tidy(() => along(coefficients, true).clone()),
    apply,
    degrade: (x) => tf.tidy(() => tf.add(apply(tf.sub(x, centre)), centre)),
    dispose: () => {
      tf.dispose(constants);
    },
  };
}

/** Options of {@link linearOperator}. */
export interface OperatorOptions {
  /** Height, width and channels of the images. */
  shape: ImageShape;
  /** The level, 0 to 1: a number, or one for each image. */
  level: Level;
  /** What the degradation has drawn, for one that draws: the hole of each image. It stays the caller's. */
  draw?: Draw;
}

/**
 * `mask`, `pixelate`, `desaturate` or `blur` at a level, taken apart into an orthonormal transform and singular values:
 *
 * - `mask`: the pixels themselves, and what is left of each; another operator for each image's hole
 * - `pixelate`: Haar's averages and differences of rows and columns; 1 for what all that is blended still has, 0 for
 *   what is lost within the blocks, and in between for the halving that is going on
 * - `desaturate`: the mean of the channels, 1, and what they differ by, 1 − t
 * - `blur`: cosines, and exp(−s²λ/2) for a blur by s pixels, with λ = π²(i²/h² + j²/w²) (see `blur`)
 *
 * ```ts
 * const hole = mask();
 * const draw = hole.draw(key(1), [16, 32, 32, 3]);
 * const operator = linearOperator(hole, { shape: [32, 32, 3], level: 0.5, draw });
 * ```
 * @throws {TypeError} when the degradation is none of these
 * @throws {RangeError} when draw is missing, or given where nothing is drawn, or a level lies outside [0, 1]
 */
export function linearOperator(degradation: Degradation, options: OperatorOptions): LinearOperator {
  checkKnown('linearOperator', options, ['shape', 'level', 'draw']);
  checkDegradation('linearOperator', degradation);
  const { shape, level, draw } = options;
  checkImageShape('linearOperator', 'shape', shape);
  const { kind, ...spec } = degradation.spec ?? { kind: 'without a spec' };
  const make = makers[kind] as Maker | undefined;
  if (!Object.hasOwn(makers, kind) || !make)
    throw new TypeError(
      `linearOperator: degradation must be ${Object.keys(makers).join(', ')}, got ${shown(kind)}: ` +
        'make another one with separableOperator',
    );
  const order = draw?.order;
  if (kind === 'mask' && !(order instanceof tf.Tensor))
    throw new RangeError(`linearOperator: draw must be given, for each image's mask is another, got ${shown(draw)}`);
  if (kind !== 'mask' && draw !== undefined && Object.keys(draw).length > 0)
    throw new RangeError(`linearOperator: draw must be left out, for ${kind} draws nothing, got ${shown(draw)}`);
  if (order) checkTensor('linearOperator', 'draw.order', order, [order.shape[0], shape[0], shape[1], 1]);
  const batch = order?.shape[0] ?? (typeof level === 'number' ? 1 : level.shape[0]);
  let made: ReturnType<Maker> | undefined;
  const singularValues = tf.tidy(() => {
    const t = tf.reshape<tf.Rank.R4>(levels(level, batch, 'linearOperator'), [batch, 1, 1, 1]);
    made = make({ shape, t, order: order as tf.Tensor4D, spec });
    return tf.add<tf.Tensor4D>(tf.zeros([batch, ...shape]), made.singularValues);
  });
  return separableOperator({ ...made, shape, singularValues });
}

type Maker = (of: {
  shape: ImageShape;
  t: tf.Tensor4D;
  order: tf.Tensor4D;
  spec: Record<string, unknown>;
}) => Omit<OperatorParts, 'shape' | 'singularValues'> & { singularValues: tf.Tensor };

const makers: Record<string, Maker> = {
  mask: ({ t, order, spec }) => {
    const { softness, colour } = spec as { softness: number; colour: number };
    const kept = tf.add(tf.div(tf.sub(order, t), softness), tf.sub(1, t));
    return { singularValues: tf.clipByValue(kept, 0, 1), centre: colour };
  },
  pixelate: ({ shape: [height, width], t, spec }) => {
    const stages = spec.stages as number;
    for (const side of [height, width])
      if (side % 2 ** stages)
        throw new RangeError(`linearOperator: shape must have sides that ${2 ** stages} divides, got ${side}`);
    // What halving k times keeps and k + 1 times loses fades as pixelate has it; what all halvings keep stays.
    const places = tf.minimum(
      tf.reshape(tf.tensor1d(haarStages(height, stages)), [1, height, 1, 1]),
      tf.reshape(tf.tensor1d(haarStages(width, stages)), [1, 1, width, 1]),
    );
    const faded = tf.clipByValue(tf.sub(tf.mul(t, stages), places), 0, 1);
    const isLost = tf.cast(tf.less(places, stages), 'float32');
    return {
      rows: haar(height, stages),
      columns: haar(width, stages),
      singularValues: tf.sub(1, tf.mul(faded, isLost)),
    };
  },
  desaturate: ({ shape: [, , channels], t }) => {
    if (channels < 2) throw new RangeError(`linearOperator: shape must have several channels, got ${channels}`);
    // The first of the cosines is the mean.
    const colour = tf.cast(tf.greater(tf.range(0, channels), 0), 'float32').reshape([1, 1, 1, channels]);
    return { channels: cosineTransform(channels), singularValues: tf.sub(1, tf.mul(t, colour)) };
  },
  blur: ({ shape: [height, width], t, spec }) => {
    const sigma = spec.sigma as number;
    const deviation = tf.mul(sigma, tf.div(t, tf.maximum(tf.sub(1, t), sigma / 2000)));
    const lambda = tf.add(
      tf.reshape(frequencies(height), [1, height, 1, 1]),
      tf.reshape(frequencies(width), [1, 1, width, 1]),
    );
    return {
      rows: cosineTransform(height),
      columns: cosineTransform(width),
      singularValues: tf.exp(tf.mul(tf.square(deviation), tf.mul(lambda, -0.5))),
    };
  },
};

/** π²k²/n². */
const frequencies = (n: number): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length: n }, (_, k) => ((Math.PI * k) / n) ** 2));

/**
 * Haar's orthonormal transform of n numbers as a matrix `[coefficient, place]`: means of 2^stages neighbours, then,
 * from the last halving to the first, what is lost by each: differences of the means of both halves.
 */
function haar(n: number, stages: number): Float32Array {
  const matrix = new Float32Array(n * n);
  const coarse = n / 2 ** stages;
  for (let row = 0; row < coarse; row++)
    for (let i = 0; i < 2 ** stages; i++) matrix[row * n + row * 2 ** stages + i] = 2 ** (-stages / 2);
  let row = coarse;
  for (let stage = stages - 1; stage >= 0; stage--) {
    const size = 2 ** (stage + 1);
    for (let block = 0; block < n / size; block++, row++)
      for (let i = 0; i < size; i++) matrix[row * n + block * size + i] = (i < size / 2 ? 1 : -1) / Math.sqrt(size);
  }
  return matrix;
}

/** Which halving loses each coefficient of {@link haar}: 0 for the first, and `stages` for those that none does. */
function haarStages(n: number, stages: number): number[] {
  const places: number[] = new Array<number>(n / 2 ** stages).fill(stages);
  for (let stage = stages - 1; stage >= 0; stage--)
    for (let block = 0; block < n / 2 ** (stage + 1); block++) places.push(stage);
  return places;
}

/** Multiplies along an axis, 1 to 3, by a matrix, or by its transpose. */
function times(x: tf.Tensor4D, basis: tf.Tensor2D, axis: number, inverse: boolean): tf.Tensor4D {
  const order = [0, 1, 2, 3].filter((each) => each !== axis).concat(axis);
  const back = [0, 1, 2, 3].map((each) => order.indexOf(each));
  const moved = axis === 3 ? x : tf.transpose(x, order);
  const n = basis.shape[0];
  const product = tf.reshape(tf.matMul(tf.reshape(moved, [-1, n]), basis, false, !inverse), moved.shape);
  return (axis === 3 ? product : tf.transpose(product, back)) as tf.Tensor4D;
}

/** A basis must be a square matrix whose rows have length 1 and are at right angles to each other. */
function checkOrthonormal(name: string, basis: Float32Array | undefined, n: number): void {
  if (basis === undefined) return;
  if (!(basis instanceof Float32Array) || basis.length !== n * n)
    throw new RangeError(`separableOperator: ${name} must be a Float32Array of ${n}×${n} numbers, got ${shown(basis)}`);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let product = 0;
      for (let k = 0; k < n; k++) product += basis[i * n + k] * basis[j * n + k];
      if (!(Math.abs(product - (i === j ? 1 : 0)) < 1e-4))
        throw new RangeError(
          `separableOperator: ${name} must be orthonormal, got rows ${i} and ${j} with the product ${product}`,
        );
    }
  }
}
