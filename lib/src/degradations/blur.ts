import { cosineTransform } from '../backend/cosine-transform.js';
import { tf } from '../backend/tf.js';
import { checkPositive } from '../check.js';
import type { Degradation, Images } from '../types.js';
import { pureDegradation } from './degradation.js';

/** The largest standard deviation, in pixels. */
const MOST = 2000;

/**
 * Gaussian blur, mirrored at the edges, whose standard deviation grows as σ·t/(1 − t) pixels: none at t = 0, σ at t =
 * ½, and without bound towards t = 1, where only the mean colour of each image is left, its residue (`[batch,
 * channels]`).
 *
 * It is computed as diffusion of heat: the cosine transform of a blurred image is that of the image times exp(−s²λ/2),
 * with λ = π²(i²/h² + j²/w²) at frequency i, j (Rissanen et al. 2023, arXiv 2206.13397, section 3).
 * @param options.sigma the standard deviation at t = ½, in pixels
 * @throws {RangeError} when sigma is not above 0
 */
export function blur({ sigma = 2 }: { sigma?: number } = {}): Degradation<Record<string, never>> {
  checkPositive('blur', { sigma });
  return pureDegradation(
    'blur',
    {
      at: (_, x0, t) => {
        const [, height, width] = x0.shape;
        // Bounded, so that 0·∞ does not occur: MOST pixels leave nothing but the mean of any image.
        const deviation = tf.mul(sigma, tf.div(t, tf.maximum(tf.sub(1, t), sigma / MOST)));
        const blurRows = (x: tf.Tensor4D, side: number) => {
          const flat = x.reshape<tf.Tensor3D>([x.shape[0], side, -1]);
          return tf.matMul(blurMatrix(deviation, side), flat).reshape<tf.Tensor4D>(x.shape);
        };
        const flip = (x: tf.Tensor4D) => tf.transpose(x, [0, 2, 1, 3]);
        return flip(blurRows(flip(blurRows(x0, height)), width));
      },
      residue: (x0) => tf.mean(x0, [1, 2]),
      image: (colour, [batch, height, width, channels]) =>
        tf.tile(colour.reshape<Images>([batch, 1, 1, channels]), [1, height, width, 1]),
    },
    { sigma },
  );
}

/**
 * For each image the matrix that blurs a column of `n` pixels: I + Cᵀ·(exp(−s²λ/2) − 1)·C, the identity where s = 0.
 */
function blurMatrix(deviation: tf.Tensor, n: number): tf.Tensor3D {
  const batch = deviation.shape[0]!;
  const cosines = tf.tensor2d(cosineTransform(n), [n, n]);
  const lambda = tf.tensor(
    Float32Array.from({ length: n }, (_, k) => ((Math.PI * k) / n) ** 2),
    [1, 1, n],
  );
  const loss = tf.expm1(tf.mul(tf.square(deviation).reshape([batch, 1, 1]), tf.mul(lambda, -0.5)));
  const weighted = tf.mul(tf.transpose(cosines).reshape([1, n, n]), loss).reshape<tf.Tensor2D>([batch * n, n]);
  return tf.add(tf.matMul(weighted, cosines).reshape<tf.Tensor3D>([batch, n, n]), tf.eye(n).reshape([1, n, n]));
}
