import { describe, expect, it } from 'vitest';
import {
  Adam,
  dps,
  evenLevels,
  gaussian,
  guideBy,
  guideTo,
  last,
  normalDenoiser,
  ready,
  sample,
  separableOperator,
  tf,
  type Denoiser,
  type Images,
} from 'naive-diffusion';
import { freeTapeOnError } from '../../lib/src/backend/tape.js';
import { expectNoLeak } from '../support.js';

await ready();

const x = tf.tensor1d([1, 2, 3]);
/** Both keep tensors for the way back. */
const work = (value: tf.Tensor) => tf.square(tf.exp(value));
const broken = (value: tf.Tensor): tf.Tensor => {
  work(value);
  throw new Error('broken');
};

describe('freeTapeOnError', () => {
  it('leaves nothing behind when a function throws, whoever asks for its slope', async () => {
    const weight = tf.variable(tf.ones([3]));
    const calls: (() => unknown)[] = [
      () => tf.grad(broken)(x),
      () => tf.grads(broken)([x]),
      () => tf.valueAndGrad(broken)(x),
      () => tf.variableGrads(() => broken(weight) as tf.Scalar, [weight]),
      () => tf.grad(() => work(x).sum())(tf.tensor1d([1])), // does not depend on what is asked for
      () => tf.grad((value) => tf.customGrad(() => ({ value: work(value), gradFunc: () => broken(x) }))(value))(x),
    ];
    for (const call of calls) {
      await expectNoLeak(() => {
        expect(() => tf.tidy(() => freeTapeOnError(call) as tf.Tensor)).toThrow();
      });
    }
    weight.dispose();
  });

  it('gives what it is given, and leaves it to TensorFlow.js where nothing had begun', async () => {
    await expectNoLeak(() => {
      tf.tidy(() => {
        const slope = freeTapeOnError(() => tf.grad((value: tf.Tensor) => tf.sum(work(value)))(x));
        expect(slope.dataSync()[0]).toBeCloseTo(2 * Math.exp(2), 3);
      });
      expect(() => tf.tidy(() => freeTapeOnError(() => broken(x)))).toThrow('broken');
    });
  });

  it('frees within a gradient the inner one alone: the outer one goes on', async () => {
    await expectNoLeak(() => {
      tf.tidy(() => {
        const slope = tf.grad((value: tf.Tensor) => {
          const kept = work(value);
          expect(() => freeTapeOnError(() => tf.grad(broken)(value))).toThrow('broken');
          return tf.sum(kept);
        })(x);
        expect(slope.dataSync()[0]).toBeCloseTo(2 * Math.exp(2), 3);
      });
    });
  });
});

describe('what takes the slope of a function of a reader', () => {
  const degradation = gaussian({ range: [-1, 1] });
  const shape = [2, 2, 1] as const;
  const exact = normalDenoiser({ degradation, mean: 0, deviation: 1 });
  const z = tf.ones([3, ...shape]) as Images;
  /** Breaks when it is asked for the `n`th time. */
  function breaking(n: number): Denoiser {
    let asked = 0;
    return Object.assign(
      (at: Images, t: number | tf.Tensor1D) => {
        if (++asked === n) broken(at);
        return exact(at, t);
      },
      { weights: [], degradation, shape },
    );
  }

  it('leaves nothing behind when that throws', async () => {
    const operator = separableOperator({ shape, singularValues: tf.ones([1, ...shape]) });
    const known = tf.zeros([3, ...shape]) as Images;
    const weight = tf.variable(tf.ones([3]));
    const adam = new Adam([weight]);
    const guided = guideBy({ denoise: exact, degradation, towards: broken as never, weight: 1 });
    const calls: (() => unknown)[] = [
      () => guided(z, 0.5),
      () => guideTo({ denoise: breaking(1), degradation, operator, known, through: 2 })(z, 0.5),
      () => guideTo({ denoise: breaking(2), degradation, operator, known, through: 2 })(z, 0.5),
      () => adam.minimize(() => broken(weight) as tf.Scalar),
    ];
    for (const call of calls) {
      await expectNoLeak(() => {
        expect(call).toThrow('broken');
      });
    }
    const rule = dps({ degrade: broken as (x: Images) => tf.Tensor, known });
    await expectNoLeak(async () => {
      const turns = sample({ denoise: exact, degradation, rule, levels: evenLevels(3), count: 3, shape });
      await expect(last(turns)).rejects.toThrow('broken');
    });
    operator.dispose();
    adam.dispose();
    tf.dispose([known, weight]);
  });
});
