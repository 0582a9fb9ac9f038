import { isFused } from './fused.js';
import { kernel } from './kernel.js';
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
 * and checks the arguments. In TensorFlow.js, only sums over the pixels of each channel touch the images; groups are
 * formed from those sums, which are a thousand times smaller. The operation in C++ passes over the images twice.
 */
export function groupNormalization(x: tf.Tensor4D, scale: tf.Tensor, offset: tf.Tensor, options: Options): tf.Tensor4D {
  return groupNormKernel({ x, scale, offset }, options) as tf.Tensor4D;
}

type Parts = { x: tf.Tensor; scale: tf.Tensor; offset: tf.Tensor };

/*
 * Shapes: images [B, HW, C]; per channel [B, G, C/G]; per group [B, G, 1]. With mean μ and r = 1/√(variance + ε) per
 * group,
 *   y = a·x + b,   a = r·scale,   b = offset − μ·a.
 */
const groupNormKernel = kernel<Parts, Options>('NaiveDiffusionGroupNorm', {
  forward: (parts, options) => {
    if (isFused()) return fusedForward(parts, options);
    const { x, scale, offset } = parts;
    const { groups, silu, epsilon } = options;
    const images = flatten(x);
    const n = (images.shape[1] * images.shape[2]) / groups;
    const mean = tf.div(groupSum(channelSum(images, groups)), n);
    const meanSquare = tf.div(groupSum(channelSum(tf.square(images), groups)), n);
    const variance = tf.relu(tf.sub(meanSquare, tf.square(mean))); // never below 0, whatever the rounding
    const r = tf.rsqrt(tf.add(variance, epsilon));
    const y = normalize(images, { mean, r, scale, offset });
    const out = silu ? tf.mul(y, tf.sigmoid(y)) : y;
    return [tf.reshape(out, x.shape), mean, r];
  },
  saveInputs: ['x', 'scale', 'offset'],
  saveOutputs: [null, 'mean', 'r'],
  gradient: (dOut, saved, options) => (isFused() ? fusedGradient : gradient)(dOut, saved as Saved, options),
});

type Saved = Parts & { mean: tf.Tensor; r: tf.Tensor };

function gradient(dOut: tf.Tensor, { x, scale, offset, mean, r }: Saved, { groups, silu }: Options) {
  const images = flatten(x);
  const n = (images.shape[1] * images.shape[2]) / groups;
  const dOutFlat = tf.reshape(dOut, images.shape);
  const dy = silu ? siluGradient(dOutFlat, normalize(images, { mean, r, scale, offset })) : dOutFlat;
  // Per channel: Σ dy and Σ dy·x̂ over the pixels, where x̂ = r·(x − μ).
  const sum = channelSum(dy as tf.Tensor3D, groups);
  const sumHat = tf.mul(r, tf.sub(channelSum(tf.mul(dy, images), groups), tf.mul(mean, sum)));
  return {
    // dx = a·dy − r·(m1 + x̂·m2), with m1 and m2 the group's means of scale·dy and of scale·dy·x̂.
    x: () => {
      const gain = perGroup(scale, groups);
      const m1 = tf.div(groupSum(tf.mul(gain, sum)), n);
      const m2 = tf.div(groupSum(tf.mul(gain, sumHat)), n);
      const slope = tf.mul(tf.square(r), m2);
      const constant = tf.sub(tf.mul(slope, mean), tf.mul(r, m1));
      const spread = (group: tf.Tensor) => perPixel(tf.tile(group, [1, 1, sum.shape[2]]));
      const dx = tf.add(tf.sub(tf.mul(dy, perPixel(tf.mul(r, gain))), tf.mul(images, spread(slope))), spread(constant));
      return tf.reshape(dx, x.shape);
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

interface Statistics {
  mean: tf.Tensor;
  r: tf.Tensor;
  scale: tf.Tensor;
  offset: tf.Tensor;
}

function normalize(images: tf.Tensor3D, { mean, r, scale, offset }: Statistics): tf.Tensor {
  const groups = mean.shape[1]!;
  const a = tf.mul(r, perGroup(scale, groups));
  const b = tf.sub(perGroup(offset, groups), tf.mul(mean, a));
  return tf.add(tf.mul(images, perPixel(a)), perPixel(b));
}

/** [B, H, W, C] → [B, HW, C] */
function flatten(x: tf.Tensor): tf.Tensor3D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.reshape(x, [batch, height * width, channels]);
}

/** [B, HW, C] → [B, G, C/G], summed over the pixels. */
function channelSum(images: tf.Tensor3D, groups: number): tf.Tensor3D {
  const [batch, , channels] = images.shape;
  return tf.reshape(tf.sum(images, 1), [batch, groups, channels / groups]);
}

/** [B, G, C/G] → [B, G, 1] */
function groupSum(channels: tf.Tensor): tf.Tensor {
  return tf.sum(channels, 2, true);
}

/** [C] or [B, C] → [1 or B, G, C/G] */
function perGroup(vector: tf.Tensor, groups: number): tf.Tensor {
  const channels = vector.shape.at(-1)!;
  return tf.reshape(vector, [vector.size / channels, groups, channels / groups]);
}

/** [B, G, C/G] → [B, 1, C] */
function perPixel(channels: tf.Tensor): tf.Tensor {
  const [batch, groups, size] = channels.shape as [number, number, number];
  return tf.reshape(channels, [batch, 1, groups * size]);
}
