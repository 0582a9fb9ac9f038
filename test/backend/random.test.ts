import { describe, expect, it } from 'vitest';
import { coin, isNative, key, normal, ready, splitKey, tf, uniform } from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';
import { scoped } from './backends.js';

await ready();

const seeds = [0, 1, 42, 123456789, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER];
const shapes = [[1], [2], [3], [7], [4, 5], [1023], [3, 32, 32, 3], [0]];

/** Runs `draw` with the key on the plain JavaScript backend, which draws in TypeScript. */
function inTypeScript(k: tf.Tensor1D, draw: (k: tf.Tensor1D) => tf.Tensor): tf.Tensor {
  const words = k.dataSync<'int32'>();
  const current = tf.getBackend();
  void tf.setBackend('cpu'); // there at once: its promise is for backends that have to be loaded
  const read = () => {
    const drawn = draw(tf.tensor1d(words, 'int32'));
    return [drawn.dataSync().slice(), drawn.shape, drawn.dtype] as const;
  };
  let made: ReturnType<typeof read>;
  try {
    made = scoped(read);
  } finally {
    void tf.setBackend(current);
  }
  return tf.tensor(...made);
}

describe.runIf(isNative())('draws in TypeScript', () => {
  it.each([
    ['uniform', uniform, 0],
    ['coin', coin, 0],
    ['normal', normal, 2e-6],
  ] as const)('%s gives the numbers of TensorFlow', (_, draw, tolerance) => {
    for (const seed of seeds) {
      for (const shape of shapes) {
        tf.tidy(() => {
          const k = key(seed, 3);
          const native = draw(k, shape);
          const own = inTypeScript(k, (same) => draw(same, shape));
          expect(own.shape).toEqual(native.shape);
          if (native.size > 0) expect(difference(own, native)).toBeLessThanOrEqual(tolerance);
        });
      }
    }
  });

  it('splitKey gives the keys of TensorFlow', () => {
    tf.tidy(() => {
      for (const seed of seeds) {
        for (const n of [1, 2, 3, 7]) {
          const k = key(seed);
          const native = tf.stack(splitKey(k, n));
          expect([...inTypeScript(k, (same) => tf.stack(splitKey(same, n))).dataSync()]).toEqual([
            ...native.dataSync(),
          ]);
        }
      }
    });
  });
});

describe('draws from a key', () => {
  it('gives the same numbers for the same key, and others for another seed or index', () => {
    tf.tidy(() => {
      const draws = [key(1), key(1), key(2), key(1, 1), key(1 + 2 ** 32)].map((k) => uniform(k, [8]).dataSync().join());
      expect(draws[1]).toBe(draws[0]);
      expect(new Set(draws).size).toBe(4);
    });
  });

  it('gives numbers of the distributions that it names', () => {
    tf.tidy(() => {
      const n = 200_000;
      const moments = (x: tf.Tensor) => {
        const { mean, variance } = tf.moments(x);
        return [mean.dataSync()[0], variance.dataSync()[0]];
      };
      // Five standard errors of the mean and, roughly, of the variance.
      const near = (got: number[], mean: number, variance: number) => {
        expect(Math.abs(got[0] - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
        expect(Math.abs(got[1] - variance)).toBeLessThan((10 * variance) / Math.sqrt(n));
      };
      const u = uniform(key(5), [n]);
      near(moments(u), 1 / 2, 1 / 12);
      expect(u.min().dataSync()[0]).toBeGreaterThanOrEqual(0);
      expect(u.max().dataSync()[0]).toBeLessThan(1);
      near(moments(normal(key(6), [n])), 0, 1);
      near(moments(coin(key(7), [n])), 1 / 2, 1 / 4);
    });
  });

  it('gives numbers of a split key that are unrelated to its siblings', () => {
    tf.tidy(() => {
      const [a, b] = splitKey(key(9), 2).map((k) => normal(k, [100_000]));
      expect(Math.abs(tf.mean(tf.mul(a, b)).dataSync()[0])).toBeLessThan(5 / Math.sqrt(100_000));
    });
  });

  it('says what is wrong with a seed, a key, a number of keys and a shape', () => {
    expect(() => key(-1)).toThrow('key: seed must be a whole number of at least 0, got -1');
    expect(() => key(1, 0.5)).toThrow('key: index must be a whole number of at least 0, got 0.5');
    tf.tidy(() => {
      expect(() => uniform(tf.tensor1d([1, 2]), [3])).toThrow(
        'uniform: key must be an int32 tensor of shape [2], as key() makes it, got float32 [2]',
      );
      expect(() => splitKey(key(1), 0)).toThrow('splitKey: n must be a whole number of at least 1, got 0');
      expect(() => normal(key(1), [2.5])).toThrow('normal: shape must be a list of whole numbers, got [2.5]');
    });
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(() => {
      const k = key(1);
      tf.dispose([k, uniform(k, [3]), normal(k, [3]), coin(k, [3]), splitKey(k, 3)]);
    });
  });
});
