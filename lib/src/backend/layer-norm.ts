import { kernel, zeroGradients } from './differentiable.js';
import { isFused } from './fused.js';
import { nativeOps } from './native-op.js';
import { tf } from './tf.js';

/** What a normalised token is told, `[1 or batch, channels]`: it is multiplied by 1 + scale, and shift is added. */
export interface TokenModulation {
  scale: tf.Tensor2D;
  shift: tf.Tensor2D;
}

type Parts = { x: tf.Tensor; scale: tf.Tensor; shift: tf.Tensor };

/**
 * Layer normalisation (Ba et al. 2016, arXiv 1607.06450, eq. 4), x̂·(1 + scale) + shift with x̂ = (x −
 * mean)/√(variance + epsilon) over the last axis, as one operation with its gradient by hand.
 * @param x `[batch, …, channels]`
 * @param modulation 0 when left out
 */
export function normalizeLast<T extends tf.Tensor>(x: T, epsilon: number, modulation?: TokenModulation): T {
  return tf.tidy(() => {
    const { scale, shift } = modulation ?? nothing(x.shape.at(-1)!);
    return layerNormKernel({ x, scale, shift }, { epsilon }) as T;
  });
}

function nothing(channels: number): TokenModulation {
  const zeros = tf.zeros<tf.Rank.R2>([1, channels]);
  return { scale: zeros, shift: zeros };
}

const layerNormKernel = kernel<Parts, { epsilon: number }>('NaiveDiffusionLayerNorm', {
  forward: ({ x, scale, shift }, { epsilon }) => {
    if (x.size === 0) return [tf.zerosLike(x), ...[0, 1].map(() => tf.zeros(x.shape.slice(0, -1)))];
    if (isFused()) return nativeOps('NaiveDiffusionLayerNorm', [x, scale, shift, tf.scalar(epsilon)], {}, 3);
    const mean = tf.mean(x, -1, true);
    const off = tf.sub(x, mean);
    const r = tf.rsqrt(tf.add(tf.mean(tf.square(off), -1, true), epsilon));
    const gain = perToken(tf.add(scale, 1), x);
    const y = tf.add(tf.mul(tf.mul(off, r), gain), perToken(shift, x));
    return [y, tf.squeeze(mean, [-1]), tf.squeeze(r, [-1])];
  },
  saveInputs: ['x', 'scale', 'shift'],
  saveOutputs: [null, 'mean', 'r'],
  gradient: (dy, { x, scale, shift, mean, r }) => {
    if (x.size === 0) return zeroGradients({ x, scale, shift });
    if (isFused()) {
      const [dx, dScale, dShift] = nativeOps('NaiveDiffusionLayerNormGrad', [dy, x, scale, mean, r], {}, 3);
      return { x: () => dx, scale: () => forRows(dScale, scale), shift: () => forRows(dShift, shift) };
    }
    const rate = tf.expandDims(r, -1);
    const hat = tf.mul(tf.sub(x, tf.expandDims(mean, -1)), rate);
    return {
      // dx = r·(g − m1 − x̂·m2), with g = dy·(1 + scale), and m1 and m2 a token's means of g and of g·x̂.
      x: () => {
        const g = tf.mul(dy, perToken(tf.add(scale, 1), x));
        const [m1, m2] = [tf.mean(g, -1, true), tf.mean(tf.mul(g, hat), -1, true)];
        return tf.mul(rate, tf.sub(tf.sub(g, m1), tf.mul(hat, m2)));
      },
      scale: () => forRows(sumTokens(tf.mul(dy, hat)), scale),
      shift: () => forRows(sumTokens(dy), shift),
    };
  },
});

/** `[1 or batch, channels]` → what meets x, `[1 or batch, 1, …, channels]`. */
export function perToken(rows: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.reshape(rows, [rows.shape[0], ...x.shape.slice(1, -1).map(() => 1), rows.shape[1]!]);
}

/** `[batch, …, channels]` → `[batch, channels]`. */
export function sumTokens(x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.reshape(x, [x.shape[0], -1, x.shape.at(-1)!]), 1);
}

/** Gradients for each image → that of `rows`, which all images share if there is one. */
export function forRows(perImage: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  return rows.shape[0] === perImage.shape[0] ? perImage : tf.sum(perImage, 0, true);
}
