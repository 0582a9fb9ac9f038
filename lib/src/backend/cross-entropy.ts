import { kernel } from './differentiable.js';
import { float32, int32, isNative, nativeOps } from './native-op.js';
import { tf } from './tf.js';

/**
 * The cross-entropy of what a network thinks of each pixel with what the pixel is: −Σ w·ln softmax(logits)[label].
 * The sum, with weights of the caller's own, and not the mean: pixels that do not count get the weight 0.
 * @param logits `[…, n]`: for each pixel a score for each of n possibilities, of which softmax makes probabilities
 * @param labels int32 `[…]`: which one it is, from 0 to n − 1
 * @param weights `[…]`: how much each pixel counts; no gradient goes there
 * @returns a scalar, in nats
 * @throws {RangeError} when the shapes do not fit together
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  const pixels = logits.shape.slice(0, -1);
  if (!(logits.shape.at(-1)! > 0))
    throw new RangeError(`crossEntropy: logits must have at least one possibility, got shape [${logits.shape}]`);
  for (const [name, { shape }] of [
    ['labels', labels],
    ['weights', weights],
  ] as const) {
    if (!tf.util.arraysEqual(shape, pixels))
      throw new RangeError(
        `crossEntropy: ${name} must have shape [${pixels}] for logits [${logits.shape}], got [${shape}]`,
      );
  }
  if (labels.dtype !== 'int32') throw new TypeError(`crossEntropy: labels must be int32, got ${labels.dtype}`);
  return crossEntropyKernel({ logits, labels, weights }, {}) as tf.Scalar;
}

/*
 * Logits as [N, n]. The gradient of one pixel's cross-entropy is softmax(logits) − oneHot(label), which comes with its
 * value.
 */
const crossEntropyKernel = kernel<{ logits: tf.Tensor; labels: tf.Tensor; weights: tf.Tensor }>(
  'NaiveDiffusionCrossEntropy',
  {
    forward: ({ logits, labels, weights }) => {
      const n = logits.shape[logits.rank - 1];
      const [rows, numbers] = [tf.reshape(logits, [-1, n]), tf.reshape(labels, [-1])];
      const [each, slope] = isNative()
        ? nativeOps('SparseSoftmaxCrossEntropyWithLogits', [rows, numbers], { T: float32, Tlabels: int32 }, 2)
        : composed(rows, numbers, n);
      return [tf.sum(tf.mul(each, tf.reshape(weights, [-1]))), slope];
    },
    saveInputs: ['logits', 'labels', 'weights'],
    saveOutputs: [null, 'slope'],
    gradient: (dy, { logits, labels, weights, slope }) => ({
      logits: () => tf.reshape(tf.mul(slope, tf.mul(dy, tf.reshape(weights, [-1, 1]))), logits.shape),
      labels: () => tf.zerosLike(labels),
      weights: () => tf.zerosLike(weights),
    }),
  },
);

function composed(rows: tf.Tensor, labels: tf.Tensor, n: number): tf.Tensor[] {
  const logProbability = tf.logSoftmax(rows);
  // tf.oneHot refuses a single possibility
  const truth = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.range(0, n, 1, 'int32')), 'float32');
  return [tf.neg(tf.sum(tf.mul(logProbability, truth), 1)), tf.sub(tf.exp(logProbability), truth)];
}
