import { beforeAll, describe, expect, it } from 'vitest';
import { compile, tf, ready } from 'naive-diffusion';
import { isNative } from '../../lib/src/backend/native-op.js';
import { conv2d, conv2dTranspose, groupNorm, squaredLoss } from '../../lib/src/backend/ops.js';
import { key, normal, splitKey, uniform } from '../../lib/src/backend/random.js';
import { unet } from '../../lib/src/networks/unet.js';
import { Adam } from '../../lib/src/training/adam.js';

beforeAll(() => ready());

/** Something to train: it draws its data from a key, which changes at every step. */
interface Trainee {
  weights: tf.Variable[];
  loss(key: tf.Tensor1D): tf.Scalar;
}

/** Weights drawn from a fixed seed. */
function weightsOf(...shapes: number[][]): tf.Variable[] {
  return tf.tidy(() =>
    shapes.map((shape, i) => {
      const k = key(1, i);
      return tf.variable(tf.mul(normal(k, shape), 0.3));
    }),
  );
}

const trainees: Record<string, () => Trainee> = {
  'a dense network of stock operations': () => {
    const weights = weightsOf([8, 16], [16], [16, 8], [8]);
    const [a, b, c, d] = weights;
    return {
      weights,
      loss(key) {
        const x = normal<tf.Rank.R2>(key, [16, 8]);
        const y = tf.add(tf.matMul(tf.elu(tf.add(tf.matMul(x, a as tf.Tensor2D), b)), c as tf.Tensor2D), d);
        return tf.losses.meanSquaredError(tf.sin(x), y) as tf.Scalar;
      },
    };
  },
  'a convolutional network of stock operations': () => {
    const weights = weightsOf([3, 3, 3, 8], [8], [3, 3, 8, 3]);
    const [a, b, c] = weights as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor4D];
    return {
      weights,
      loss(key) {
        const [k0, k1] = splitKey(key, 2);
        const x = uniform<tf.Rank.R4>(k0, [4, 8, 8, 3]);
        const z = tf.add(x, tf.mul(0.1, normal<tf.Rank.R4>(k1, [4, 8, 8, 3]))) as tf.Tensor4D;
        const h = tf.maxPool(tf.relu(tf.add(tf.conv2d(z, a, 1, 'same'), b)) as tf.Tensor4D, 2, 2, 'same');
        const y = tf.conv2d(tf.image.resizeNearestNeighbor(h, [8, 8]), c, 1, 'same');
        return tf.mean(tf.square(tf.sub(tf.sigmoid(y), x))) as tf.Scalar;
      },
    };
  },
  "a network of the library's own operations": () => {
    const weights = weightsOf([3, 3, 3, 8], [8], [3, 3, 8, 8], [8], [8], [3, 3, 3, 8]);
    const [a, b, c, d, e, f] = weights as unknown as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor4D,
    ];
    return {
      weights,
      loss(key) {
        const x = uniform<tf.Rank.R4>(key, [4, 8, 8, 3]);
        const h = conv2d(x, a, b, { activation: 'silu' });
        const down = groupNorm(conv2d(h, c, d, { stride: 2, activation: 'relu' }), d, e, {
          groups: 2,
          activation: 'silu',
        });
        return squaredLoss(conv2dTranspose(down, f, undefined, { stride: 2 }), x);
      },
    };
  },
  "the library's unet": () => {
    const network = unet({ size: 16, widths: [4, 8], dense: 16, seed: 2 });
    return {
      weights: network.weights,
      loss(key) {
        const x = uniform<tf.Rank.R4>(key, [4, 16, 16, 3]);
        const t = uniform<tf.Rank.R1>(key, [4]);
        return squaredLoss(network(x, t), x);
      },
    };
  },
};

/** Losses and final weights of 50 steps. `prepare` makes the step and lists what it changes besides the weights. */
function train(
  make: () => Trainee,
  prepare: (trainee: Trainee) => { step: (key: tf.Tensor1D) => tf.Scalar; memory: tf.Variable[] },
  compiled: boolean,
) {
  const trainee = make();
  const { step, memory } = prepare(trainee);
  const f = compile(step, { state: [...trainee.weights, ...memory], enabled: compiled });
  const losses: number[] = [];
  for (let i = 0; i < 50; i++) {
    tf.tidy(() => {
      losses.push(f(key(7, i)).dataSync()[0]);
    });
  }
  expect(f.recordings).toBe(compiled && isNative() ? 1 : 0);
  f.dispose();
  return { losses, state: [...trainee.weights, ...memory] };
}

/** Bit for bit: a graph has the operations that were recorded, and no others. */
function expectEqual(a: ReturnType<typeof train>, b: ReturnType<typeof train>): void {
  expect(a.losses[49]).toBeLessThan(a.losses[0]);
  expect(a.losses).toEqual(b.losses);
  a.state.forEach((v, i) => {
    expect(v.dataSync(), `state ${i}`).toEqual(b.state[i].dataSync());
  });
}

describe.each(Object.entries(trainees))('50 compiled steps of %s equal 50 eager ones', (_, make) => {
  it("with the library's Adam", () => {
    const prepare = ({ weights, loss }: Trainee) => {
      const adam = new Adam(weights, { rate: 3e-3, clip: 1, warmup: 5, average: 0.9 });
      return { step: (k: tf.Tensor1D) => adam.minimize(() => loss(k)), memory: adam.state };
    };
    expectEqual(train(make, prepare, true), train(make, prepare, false));
  });

  it('with tf.train.adam, after a first step that makes its variables', () => {
    const prepare = ({ weights, loss }: Trainee) => {
      const adam = tf.train.adam(3e-3);
      const step = (k: tf.Tensor1D) => adam.minimize(() => loss(k), true, weights) as tf.Scalar;
      tf.tidy(() => step(key(6)));
      const { accumulatedFirstMoment, accumulatedSecondMoment, accBeta1, accBeta2 } = adam as unknown as Record<
        'accumulatedFirstMoment' | 'accumulatedSecondMoment',
        { variable: tf.Variable }[]
      > &
        Record<'accBeta1' | 'accBeta2', tf.Variable>;
      return {
        step,
        memory: [...[...accumulatedFirstMoment, ...accumulatedSecondMoment].map((o) => o.variable), accBeta1, accBeta2],
      };
    };
    expectEqual(train(make, prepare, true), train(make, prepare, false));
  });
});
