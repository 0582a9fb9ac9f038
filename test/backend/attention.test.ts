import { beforeAll, describe, expect, it } from 'vitest';
import { key, normal, ready, tf } from 'naive-diffusion';
import { attendHeads } from '../../lib/src/backend/attention.js';
import { addBias } from '../../lib/src/backend/bias.js';
import { scaledGelu } from '../../lib/src/backend/gelu.js';
import { normalizeLast } from '../../lib/src/backend/layer-norm.js';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

/** Expects that two functions of tensors agree, and so do their gradients. */
async function expectSame(
  a: (...x: tf.Tensor[]) => tf.Tensor,
  b: (...x: tf.Tensor[]) => tf.Tensor,
  shapes: number[][],
): Promise<void> {
  await expectNoLeak(() => {
    tf.tidy(() => {
      const x = shapes.map((shape, i) => normal(key(5, i), shape));
      expect(difference(a(...x), b(...x))).toBeLessThan(5e-6);
      const dy = normal(key(6), a(...x).shape);
      const [ofA, ofB] = [a, b].map((f) => tf.grads((...each) => f(...each))(x, dy));
      ofA.forEach((gradient, i) => {
        expect(difference(gradient, ofB[i]), `gradient ${i}`).toBeLessThan(2e-5);
      });
    });
  });
}

describe('operations with gradients by hand agree with what they are made of', () => {
  it('attention', async () => {
    const plain = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
      tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3]!))), v);
    const byHand = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
      attendHeads(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D);
    await expectSame(byHand, plain, [
      [2, 3, 5, 4],
      [2, 3, 7, 4],
      [2, 3, 7, 4],
    ]);
  });

  it('GELU, between its two factors √2', async () => {
    const plain = (u: tf.Tensor) => tf.mul(u, tf.add(tf.erf(u), 1));
    await expectSame(scaledGelu, plain, [[3, 50]]);
  });

  it('layer normalisation', async () => {
    const plain = (x: tf.Tensor) => {
      const off = tf.sub(x, tf.mean(x, -1, true));
      return tf.div(off, tf.sqrt(tf.add(tf.mean(tf.square(off), -1, true), 1e-3)));
    };
    await expectSame((x) => normalizeLast(x, 1e-3), plain, [[2, 3, 10]]);
  });

  it('a bias', async () => {
    await expectSame((x, b) => addBias(x as tf.Tensor2D, b as tf.Tensor1D), tf.add, [[6, 4], [4]]);
    tf.tidy(() => {
      expect(addBias(tf.zeros([0, 4]), tf.ones([4])).shape).toEqual([0, 4]);
    });
  });
});
