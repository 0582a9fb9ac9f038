import { isFused } from './fused.js';
import { kernel, zeroGradients } from './differentiable.js';
import { nativeOps } from './native-op.js';
import { siluGradient } from './silu.js';
import { tf } from './tf.js';

interface Options {
  groups: number;
  silu: boolean;
  epsilon: number;
}

/**
 * Group normalisation, and silu if asked for, as one operation with its gradient by hand; {@link groupNorm} describes
 * and checks the arguments. Everything is made of x − μ, never of sums of x and of x², which cancel where the mean is
 * large. In TensorFlow.js, groups are formed from sums over the pixels of each channel, which are a thousand times
 * smaller than the images. The operation in C++ passes over the images three times, and twice on the way back.
 */
export function groupNormalization(x: tf.Tensor4D, scale: tf.Tensor, offset: tf.Tensor, options: Options): tf.Tensor4D {
  return groupNormKernel({ x, scale, offset }, options) as tf.Tensor4D;
}

type Parts = { x: tf.Tensor; scale: tf.Tensor; offset: tf.Tensor };

/*
 * Shapes: images [B, H, W, C]; per channel [B, G, C/G]; per group [B, G, 1]. With mean μ and r = 1/√(variance + ε) per
 * group,
 *   y = a·(x − μ) + offset,   a = r·scale.
 */
const groupNormKernel = kernel<Parts, Options>('NaiveDiffusionGroupNorm', {
  forward: (parts, options) => {
    if (isFused()) return fusedForward(parts, options);
    const { x, scale, offset } = parts;
    const { groups, silu, epsilon } = options;
    if (x.size === 0) return [tf.zerosLike(x), ...[0, 1].map(() => tf.zeros([x.shape[0], groups, 1]))];
    const mean = groupMean(channelSum(x, groups), x);
    const difference = subtractMean(x, mean);
    const variance = groupMean(channelSum(tf.square(difference), groups), x);
    const r = tf.rsqrt(tf.add(variance, epsilon));
    const y = normalize(difference, { r, scale, offset });
    return [silu ? tf.mul(y, tf.sigmoid(y)) : y, mean, r];
  },
  saveInputs: ['x', 'scale', 'offset'],
  saveOutputs: [null, 'mean', 'r'],
  gradient: (dOut, saved, options) => (isFused() ? fusedGradient : gradient)(dOut, saved as Saved, options),
});

type Saved = Parts & { mean: tf.Tensor; r: tf.Tensor };

function gradient(dOut: tf.Tensor, { x, scale, offset, mean, r }: Saved, { groups, silu }: Options) {
  if (x.size === 0) return zeroGradients({ x, scale, offset });
  const difference = subtractMean(x, mean);
  const dy = silu ? siluGradient(dOut, normalize(difference, { r, scale, offset })) : dOut;
  // Per channel: Σ dy and Σ dy·x̂ over the pixels, where x̂ = r·(x − μ).
  const sum = channelSum(dy, groups);
  const sumHat = tf.mul(r, channelSum(tf.mul(dy, difference), groups));
  return {
    // dx = a·dy − r·(m1 + x̂·m2), with m1 and m2 the group's means of scale·dy and of scale·dy·x̂.
    x: () => {
      const gain = perGroup(scale, groups);
      const m1 = groupMean(tf.mul(gain, sum), x);
      const m2 = groupMean(tf.mul(gain, sumHat), x);
      const slope = spread(tf.mul(tf.square(r), m2), x);
      const constant = spread(tf.mul(r, m1), x);
      return tf.sub(tf.sub(tf.mul(dy, perPixel(tf.mul(r, gain))), tf.mul(difference, slope)), constant);
    },
    scale: () => forRows(sumHat, scale),
    offset: () => forRows(sum, offset),
  };
}

function fusedForward({ x, scale, offset }: Parts, { groups, silu, epsilon }: Options): tf.Tensor[] {
  return nativeOps('NaiveDiffusionGroupNorm', [x, rows(scale), rows(offset), tf.scalar(epsilon)], { groups, silu }, 3);
}

function fusedGradient(dOut: tf.Tensor, { x, scale, offset, mean, r }: Saved, { groups, silu }: Options) {
  const [dx, dScale, dOffset] = nativeOps(
    'NaiveDiffusionGroupNormGrad',
    [dOut, x, rows(scale), rows(offset), mean, r],
    { groups, silu },
    3,
  );
  return { x: () => dx, scale: () => forRows(dScale, scale), offset: () => forRows(dOffset, offset) };
}

/** [C] or [B, C] → [1 or B, C] */
function rows(vector: tf.Tensor): tf.Tensor {
  return vector.rank === 1 ? tf.reshape(vector, [1, vector.size]) : vector;
}

/** One gradient for each image and channel → that of `vector`, which all images share if it is [C]. */
function forRows(perImage: tf.Tensor, vector: tf.Tensor): tf.Tensor {
  return tf.reshape(vector.rank === 1 ? tf.sum(perImage, 0) : perImage, vector.shape);
}

/** x − μ */
function subtractMean(x: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  return tf.sub(x, spread(mean, x));
}

/** a·(x − μ) + offset */
function normalize(difference: tf.Tensor, { r, scale, offset }: { r: tf.Tensor; scale: tf.Tensor; offset: tf.Tensor }) {
  const groups = r.shape[1]!;
  const a = perPixel(tf.mul(r, perGroup(scale, groups)));
  return tf.add(tf.mul(difference, a), perPixel(perGroup(offset, groups)));
}

/**
 * [B, H, W, C] → [B, G, C/G], summed over the pixels: first those of a row, then the rows, so that a long sum does not
 * swallow the digits of what comes late.
 */
function channelSum(images: tf.Tensor, groups: number): tf.Tensor {
  const [batch, , , channels] = images.shape as number[];
  return tf.reshape(tf.sum(tf.sum(images, 2), 1), [batch, groups, channels / groups]);
}

/** Sums [B, G, C/G] over the pixels of x → their group's mean over pixels and channels [B, G, 1]. */
function groupMean(channels: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const pixels = x.shape[1]! * x.shape[2]!;
  return tf.div(tf.sum(channels, 2, true), pixels * channels.shape[2]!);
}

/** [C] or [B, C] → [1 or B, G, C/G] */
function perGroup(vector: tf.Tensor, groups: number): tf.Tensor {
  const channels = vector.shape.at(-1)!;
  return tf.reshape(vector, [vector.rank === 1 ? 1 : vector.shape[0], groups, channels / groups]);
}

/** [B, G, 1] → [B, 1, 1, C] */
function spread(group: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return perPixel(tf.tile(group, [1, 1, x.shape[3]! / group.shape[1]!]));
}

/** [B, G, C/G] → [B, 1, 1, C] */
function perPixel(channels: tf.Tensor): tf.Tensor {
  const [batch, groups, size] = channels.shape as [number, number, number];
  return tf.reshape(channels, [batch, 1, 1, groups * size]);
}
