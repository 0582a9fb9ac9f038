import { describe, expect, it } from 'vitest';
import { crossEntropy, key, normal, ready, tf, uniform } from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';
import { apart, on, plain, type Plain } from './backends.js';

await ready();

const shape = [3, 4, 5, 7];
const pixels = shape.slice(0, -1);
/** Logits, labels and weights, some of them zero. */
const inputs = () =>
  [
    tf.mul(normal(key(1), shape), 3),
    tf.cast(tf.floor(tf.mul(uniform(key(2), pixels), 7)), 'int32'),
    tf.relu(tf.sub(uniform(key(3), pixels), 0.3)),
  ] as const;

/** −Σ w·log(e^logit / Σ e^logits), as it is written. */
function asWritten(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  const probability = tf.div(tf.exp(logits), tf.sum(tf.exp(logits), -1, true));
  const chosen = tf.sum(tf.mul(probability, tf.oneHot(labels as tf.Tensor1D, logits.shape.at(-1)!)), -1);
  return tf.neg(tf.sum<tf.Scalar>(tf.mul(weights, tf.log(chosen))));
}

describe('crossEntropy', () => {
  it('is −Σ w·log softmax(logits)[label], and so is its gradient', () => {
    const [logits, labels, weights] = inputs();
    const own = tf.valueAndGrad((x: tf.Tensor) => tf.mul(crossEntropy(x, labels, weights), 2))(logits);
    const stock = tf.valueAndGrad((x: tf.Tensor) => tf.mul(asWritten(x, labels, weights), 2))(logits);
    expect(difference(own.value, stock.value)).toBeLessThan(1e-5 * Math.abs(stock.value.dataSync()[0]));
    expect(difference(own.grad, stock.grad)).toBeLessThan(1e-5);
  });

  it('is the same on every backend', async () => {
    const run = (): [Plain, Plain] => {
      const [logits, labels, weights] = inputs();
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => crossEntropy(x, labels, weights))(logits);
      return [plain(value), plain(grad)];
    };
    const native = await on('tensorflow', run);
    for (const backend of ['wasm', 'cpu'] as const)
      (await on(backend, run)).forEach((result, i) => expect(apart(result, native[i])).toBeLessThan(1e-5));
  });

  it('of n equal scores is log n, and stays finite for scores far apart', () => {
    const equal = crossEntropy(tf.zeros([10, 8]), tf.zeros([10], 'int32'), tf.fill([10], 0.1));
    expect(equal.dataSync()[0]).toBeCloseTo(Math.log(8), 6);
    const far = tf.tensor2d([
      [1000, 0],
      [1000, 0],
    ]);
    expect(crossEntropy(far, tf.tensor1d([0, 1], 'int32'), tf.ones([2])).dataSync()[0]).toBeCloseTo(1000, 3);
  });

  it('leaks nothing', async () => {
    const [logits, labels, weights] = inputs();
    await expectNoLeak(() => {
      crossEntropy(logits, labels, weights).dispose();
    });
    await expectNoLeak(() => {
      tf.dispose(
        tf.valueAndGrad((x: tf.Tensor) => crossEntropy(x, labels, weights))(logits) as unknown as tf.TensorContainer,
      );
    });
  });

  it('refuses shapes that do not fit together', () => {
    const [logits, labels, weights] = inputs();
    expect(() => crossEntropy(logits, tf.zeros([3, 4], 'int32'), weights)).toThrow(
      'crossEntropy: labels must have shape [3,4,5] for logits [3,4,5,7], got [3,4]',
    );
    expect(() => crossEntropy(logits, labels, tf.ones([3]))).toThrow('crossEntropy: weights must have shape [3,4,5]');
    expect(() => crossEntropy(logits, tf.zeros(pixels), weights)).toThrow(
      'crossEntropy: labels must be int32, got float32',
    );
  });
});
