import { tf } from '../backend/tf.js';
import { checkNumber, checkTensor, shown } from '../check.js';
import type { Gaussian, Images } from '../types.js';
import type { LinearOperator } from './linear-operator.js';

/** What is known of images: how they were degraded, and what came of it. */
export interface Known {
  /** How they were degraded: `linearOperator(blur(), …)`, say. It stays the caller's. */
  operator: LinearOperator;
  /** What came of it, `[batch, height, width, channels]`. It stays the caller's. */
  known: Images;
  /**
   * The standard deviation of the noise in it, in the images' range: 0 when left out. Images of bytes have been
   * rounded, which is like noise of 1/255/√12, 0.0011.
   */
  noise?: number;
}

/** Of lost coefficients less is left: what single precision cannot bring back, and, with noise, nearly nothing. */
const LEAST_LEFT = { withoutNoise: 1e-3, withNoise: 1e-6 };

/** {@link Known} must be whole. */
export function checkKnownImages(caller: string, { operator, known, noise = 0 }: Known): void {
  if (typeof operator !== 'object' || typeof operator?.into !== 'function')
    throw new TypeError(`${caller}: operator must be one, as linearOperator() makes it, got ${shown(operator)}`);
  const rows = operator.singularValues.shape[0];
  const batch = rows > 1 || !(known instanceof tf.Tensor) ? rows : known.shape[0];
  checkTensor(caller, 'known', known, [batch, ...operator.shape]);
  checkNumber(caller, 'noise', noise, (n) => n >= 0 && n < Infinity, 'be a number of at least 0');
}

/** What is known, in coefficients of the range in which noise is added. */
export interface Coefficients {
  /** Those of what is known: s·x + noise. */
  y: tf.Tensor4D;
  /** Singular values; 0 where nothing can be known. */
  s: tf.Tensor4D;
  /** The standard deviation of the noise. */
  deviation: tf.Tensor;
  /**
   * The coefficients of images, and the images of coefficients. Noisy images hold α times the clean ones, and so of the
   * centre: `scale`, 1 when left out.
   */
  into(x: tf.Tensor, scale?: tf.Tensor): tf.Tensor4D;
  outOf(coefficients: tf.Tensor, scale?: tf.Tensor): Images;
}

/** Takes what is known into coefficients. */
export function coefficientsOf({ operator, known, noise = 0 }: Known, gaussian: Gaussian): Coefficients {
  const centre = gaussian.toSigned(tf.scalar(operator.centre));
  const unit = tf.sub(gaussian.toSigned(tf.scalar(1)), gaussian.toSigned(tf.scalar(0)));
  const centreTimes = (scale: tf.Tensor | undefined) => (scale ? tf.mul(scale, centre) : centre);
  const into = (x: tf.Tensor, scale?: tf.Tensor) => operator.into(tf.sub(gaussian.toSigned(x), centreTimes(scale)));
  const { singularValues } = operator;
  const isLeft = tf.cast(
    tf.greater(singularValues, noise > 0 ? LEAST_LEFT.withNoise : LEAST_LEFT.withoutNoise),
    'float32',
  );
  return {
    y: into(known),
    s: tf.mul(singularValues, isLeft),
    deviation: tf.mul(unit, noise),
    into,
    outOf: (coefficients, scale) => gaussian.fromSigned(tf.add(operator.outOf(coefficients), centreTimes(scale))),
  };
}
