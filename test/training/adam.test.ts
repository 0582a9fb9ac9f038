import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, compile, key, normal, ready, squaredLoss, tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { on } from '../backend/backends.js';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

/** A small regression: two weights, and a loss that depends on both in a curved way. */
function problem() {
  const [x, y, matrix, bias] = tf.tidy(() => [
    normal(key(1), [32, 5]),
    normal(key(2), [32, 3]),
    tf.variable(normal(key(3), [5, 3])),
    tf.variable(tf.zeros([3])),
  ]);
  const weights = [matrix, bias] as tf.Variable[];
  const loss = () => squaredLoss(tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, matrix as tf.Tensor2D), bias)), y);
  return { weights, loss, dispose: () => tf.dispose([x, y, ...weights]) };
}

const values = (tensors: tf.Tensor[]) => tensors.flatMap((tensor) => [...tensor.dataSync()]);
const largestDifference = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

function train(options: ConstructorParameters<typeof Adam>[1], steps: number) {
  const { weights, loss, dispose } = problem();
  const adam = new Adam(weights, options);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const value = adam.minimize(loss);
    losses.push(value.dataSync()[0]);
    value.dispose();
  }
  return {
    adam,
    weights,
    losses,
    loss,
    dispose: () => {
      adam.dispose();
      dispose();
    },
  };
}

describe('Adam', () => {
  it('takes the steps of tf.train.adam', () => {
    const own = train({ rate: 0.01 }, 50);
    const { weights, loss, dispose } = problem();
    const stock = tf.train.adam(0.01);
    for (let i = 0; i < 50; i++) stock.minimize(loss);
    // Fifty steps of up to 0.01: weights agree to a thousandth of one step. What is left is the rounding of 1 − β2ⁿ in
    // tf.train.adam, which is 1e-5 in the first steps; the next test shows on which side it is.
    expect(largestDifference(values(own.weights), values(weights))).toBeLessThan(1e-5);
    stock.dispose();
    own.dispose();
    dispose();
  });

  it('takes the steps of the algorithm, computed in double precision', () => {
    const weight = tf.variable(tf.tensor1d([1, -2]));
    const adam = new Adam([weight], { rate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3 });
    const expected = [1, -2];
    const m = [0, 0];
    const v = [0, 0];
    for (let n = 1; n <= 20; n++) {
      adam.minimize(() => tf.sum(tf.square(weight)) as tf.Scalar).dispose();
      expected.forEach((w, i) => {
        m[i] = 0.8 * m[i] + 0.2 * 2 * w;
        v[i] = 0.9 * v[i] + 0.1 * (2 * w) ** 2;
        expected[i] -= (0.1 * (m[i] / (1 - 0.8 ** n))) / (Math.sqrt(v[i] / (1 - 0.9 ** n)) + 1e-3);
      });
    }
    expect(largestDifference(values([weight]), expected)).toBeLessThan(2e-6);
    expect(adam.steps).toBe(20);
    adam.dispose();
    weight.dispose();
  });

  it.each([{}, { clip: 0.1, average: 0.9, warmup: 3 }])(
    'takes the same steps with its operation in C++, bit for bit, with %o',
    (options) => {
      const steps = () => {
        const { adam, weights, dispose } = train({ rate: 0.01, ...options }, 20);
        const all = values([...weights, ...adam.state]);
        dispose();
        return all;
      };
      expect(findFused()).toBe(true);
      const fused = steps();
      process.env.NAIVE_DIFFUSION_FUSED = '0';
      try {
        expect(findFused()).toBe(false);
        expect(fused).toEqual(steps());
      } finally {
        delete process.env.NAIVE_DIFFUSION_FUSED;
        findFused();
      }
    },
  );

  it('limits the length of the whole gradient', () => {
    tf.tidy(() => {
      const weights = [tf.variable(tf.zeros([2])), tf.variable(tf.scalar(0))];
      // With β1 = β2 close to 0 and a large ε, a step is the gradient times rate/ε.
      const adam = new Adam(weights, { rate: 1, beta1: 1e-6, beta2: 1e-6, epsilon: 1e3, clip: 6.5 });
      adam.apply([tf.tensor1d([3, 4]), tf.scalar(12)]); // length 13
      expect(values(weights).map((w) => (w * -1e3) / 0.5)).toEqual([
        expect.closeTo(3, 1),
        expect.closeTo(4, 1),
        expect.closeTo(12, 0),
      ]);
      const before = values(weights);
      adam.apply([tf.tensor1d([0.3, 0.4]), tf.scalar(1.2)]); // length 1.3, left as it is
      expect(values(weights).map((w, i) => (before[i] - w) * 1e3)[2]).toBeCloseTo(1.2, 2);
    });
  });

  it('warms up linearly, and follows a schedule of the steps taken so far', () => {
    tf.tidy(() => {
      const moves = (options: ConstructorParameters<typeof Adam>[1], fed?: tf.Scalar) => {
        const weight = tf.variable(tf.scalar(0));
        const adam = new Adam([weight], options);
        return [0, 1, 2, 3].map(() => {
          const before = weight.dataSync()[0];
          adam.apply([tf.scalar(1)], fed); // a constant gradient moves the weight by the rate
          return before - weight.dataSync()[0];
        });
      };
      const near = (numbers: number[]) => numbers.map((n) => expect.closeTo(n, 5));
      expect(moves({ rate: 0.1, warmup: 2 })).toEqual(near([0.05, 0.1, 0.1, 0.1]));
      expect(moves({ rate: (step) => 0.1 * (step + 1) })).toEqual(near([0.1, 0.2, 0.3, 0.4]));
      expect(moves({ rate: 0.1 }, tf.scalar(0.3))).toEqual(near([0.3, 0.3, 0.3, 0.3]));
    });
  });

  it('averages the weights, quickly at first', () => {
    tf.tidy(() => {
      const weight = tf.variable(tf.scalar(0));
      const adam = new Adam([weight], { rate: 0.1, average: 0.9 });
      let expected = 0;
      for (let n = 1; n <= 200; n++) {
        adam.apply([tf.scalar(Math.sin(n))]);
        expected += (1 - Math.min(0.9, (1 + n) / (10 + n))) * (weight.dataSync()[0] - expected);
      }
      expect(adam.averaged[0].dataSync()[0]).toBeCloseTo(expected, 4);
    });
  });

  it('goes on from its state as if it had never stopped', () => {
    const options = { rate: (step: number) => 0.01 / (1 + step), warmup: 5, clip: 1, average: 0.99 };
    const whole = train(options, 20);
    const first = train(options, 8);
    const second = problem();
    second.weights.forEach((weight, i) => weight.assign(first.weights[i]));
    const resumed = new Adam(second.weights, options);
    resumed.state.forEach((variable, i) => variable.assign(first.adam.state[i]));
    for (let i = 8; i < 20; i++) resumed.minimize(second.loss).dispose();
    expect(values([...second.weights, ...resumed.state])).toEqual(values([...whole.weights, ...whole.adam.state]));
    resumed.dispose();
    for (const one of [whole, first, second]) one.dispose();
  });

  it('keeps the values of clones of the weights', () => {
    const { adam, weights, loss, dispose } = train({ rate: 0.1 }, 1);
    const snapshot = weights.map((weight) => weight.clone());
    const before = values(snapshot);
    adam.minimize(loss).dispose();
    expect(values(snapshot)).toEqual(before);
    expect(values(weights)).not.toEqual(before);
    tf.dispose(snapshot);
    dispose();
  });

  it('leaves weights alone that the loss does not depend on', () => {
    tf.tidy(() => {
      const [used, unused] = [tf.variable(tf.scalar(1)), tf.variable(tf.tensor1d([5, 6]))];
      const adam = new Adam([unused, used]);
      adam.minimize(() => tf.square(used) as tf.Scalar);
      expect(values([unused])).toEqual([5, 6]);
      expect(used.dataSync()[0]).toBeLessThan(1);
    });
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(() => train({ clip: 1, average: 0.9 }, 3).dispose());
    const { weights, dispose } = problem();
    const adam = new Adam(weights);
    await expectNoLeak(() => {
      expect(() =>
        adam.minimize(() => {
          throw new Error('from inside');
        }),
      ).toThrow('from inside');
    });
    adam.dispose();
    dispose();
  });

  it('says what is wrong with its arguments', () => {
    tf.tidy(() => {
      const weight = tf.variable(tf.zeros([2]));
      expect(() => new Adam([])).toThrow('Adam: weights must not be empty');
      expect(() => new Adam([weight], { rate: -1 })).toThrow(
        'Adam: rate must be a number above 0 or a function, got -1',
      );
      expect(() => new Adam([weight], { beta2: 1 })).toThrow('Adam: beta2 must lie between 0 and 1, got 1');
      expect(() => new Adam([weight], { average: 1 })).toThrow('Adam: average must lie in [0, 1), got 1');
      const adam = new Adam([weight]);
      expect(() => adam.apply([])).toThrow('apply: gradients must be one for each of the 1 weights, got 0');
      expect(() => adam.apply([tf.zeros([3])])).toThrow(
        `apply: the gradient of ${weight.name} must have shape [2], got [3]`,
      );
      adam.dispose();
      expect(() => adam.apply([tf.zeros([2])])).toThrow('Adam: the optimiser has been disposed of');
    });
  });

  it('leaves no tensor and no change behind when the loss throws', async () => {
    const weight = tf.variable(tf.ones([3]));
    const optimizer = new Adam([weight]);
    const broken = () => {
      tf.square(tf.exp(weight)); // both keep tensors for the way back
      throw new Error('broken loss');
    };
    await expectNoLeak(() => {
      expect(() => optimizer.minimize(broken)).toThrow('broken loss');
    });
    expect([...weight.dataSync()]).toEqual([1, 1, 1]);
    expect(optimizer.steps).toBe(0);
    tf.dispose([weight]);
    optimizer.dispose();
  });
});

describe('a step whose gradient is not finite', () => {
  const bad = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, 'too long for its square': 3e19 };
  const cases = Object.entries(bad).flatMap(([name, value]) => [undefined, 1].map((clip) => ({ name, value, clip })));

  it.each(cases)('($name, clip $clip) is not taken, wherever it is, and the next one is', ({ value, clip }) => {
    tf.tidy(() => {
      for (const at of [0, 3, 6]) {
        for (const before of [0, 2]) {
          const weights = [tf.variable(tf.ones([2, 2])), tf.variable(tf.ones([3]))];
          const adam = new Adam(weights, { rate: 0.1, clip, warmup: 3, average: 0.9 });
          const step = (numbers: number[]) =>
            adam.apply([tf.tensor(numbers.slice(0, 4), [2, 2]), tf.tensor1d(numbers.slice(4))]);
          const good = [1, -2, 3, -4, 5, -6, 7];
          for (let i = 0; i < before; i++) step(good);
          const kept = values([...weights, ...adam.state]);
          step(good.map((number, i) => (i === at ? value : number)));
          expect(values([...weights, ...adam.state])).toEqual(kept);
          expect(adam.steps).toBe(before);
          step(good);
          expect(adam.steps).toBe(before + 1);
          for (const weight of values(weights)) expect(Number.isFinite(weight) && weight !== 1).toBe(true);
        }
      }
    });
  });

  it('makes the loss NaN that minimize returns, also where that is finite, compiled or not', async () => {
    for (const enabled of [true, false]) {
      await expectNoLeak(() => {
        const weight = tf.tidy(() => tf.variable(tf.ones([3])));
        const adam = new Adam([weight], { rate: 0.1 });
        // The slope of the square root of 0 is infinite.
        const learn = compile((x: tf.Tensor) => adam.minimize(() => tf.sum(tf.sqrt(tf.mul(weight, x))) as tf.Scalar), {
          state: [weight, ...adam.state],
          enabled,
        });
        const lossOf = (...x: number[]) => {
          const loss = tf.tidy(() => learn(tf.tensor1d(x)));
          const [value] = values([loss]);
          loss.dispose();
          return value;
        };
        for (let i = 0; i < 3; i++) expect(lossOf(1, 1, 1)).toBeGreaterThan(0);
        const kept = values([weight, ...adam.state]);
        expect(lossOf(1, 0, 1)).toBeNaN();
        expect(values([weight, ...adam.state])).toEqual(kept);
        expect(lossOf(1, 1, 1)).toBeGreaterThan(0);
        expect(adam.steps).toBe(4);
        learn.dispose();
        adam.dispose();
        weight.dispose();
      });
    }
  });

  it('is not taken on other backends either', async () => {
    await on('wasm', () => {
      const weight = tf.variable(tf.ones([2]));
      const adam = new Adam([weight], { clip: 1 });
      adam.apply([tf.tensor1d([NaN, 1])]);
      expect(values([weight, ...adam.state])).toEqual([1, 1, 0, 0, 0, 0, 0]);
    });
  });

  it('is also what a schedule without a number would be: it is refused', () => {
    tf.tidy(() => {
      const adam = new Adam([tf.variable(tf.scalar(1))], { rate: (step) => 1 / (step - 1) });
      expect(() => adam.nextRate()).toThrow('Adam: rate must give finite numbers of at least 0, got -1 after 0 steps');
    });
  });
});

describe('the weights of an optimiser', () => {
  it('must be among those that are trained, and still be there', () => {
    tf.tidy(() => {
      const [a, b] = [tf.variable(tf.zeros([2, 3])), tf.variable(tf.zeros([4]))];
      const adam = new Adam([a, b]);
      adam.checkFor('train', [a, b]);
      adam.checkFor('train', [b, tf.variable(tf.scalar(0)), a]);
      const others = [a, tf.variable(tf.zeros([4]))];
      expect(() => adam.checkFor('train', others)).toThrow(
        'train: optimizer belongs to other weights than those that are trained, among which there is no ' +
          `'${b.name}' [4]; make a new one: new Adam(network.weights)`,
      );
      a.dispose();
      for (const act of [
        () => adam.checkFor('train', [a, b]),
        () => adam.minimize(() => tf.sum(b) as tf.Scalar),
        () => adam.apply([tf.zeros([2, 3]), tf.zeros([4])]),
      ])
        expect(act).toThrow(`'${a.name}' [2,3] among them, have been disposed of`);
      adam.dispose();
      expect(() => adam.checkFor('train', [a, b])).toThrow('train: optimizer: the optimiser has been disposed of');
    });
  });

  it('take the values of the averages and their own again, and the training goes on as if nothing had been', async () => {
    await expectNoLeak(() => {
      const options = { rate: 0.1, average: 0.9 };
      const [looked, plain] = [train(options, 5), train(options, 5)];
      const own = values(looked.weights);
      const goBack = looked.adam.useAverages();
      expect(values(looked.weights)).toEqual(values(looked.adam.averaged));
      expect(values(looked.weights)).not.toEqual(own);
      const inUse = 'the averages are in use; call what useAverages returned before';
      expect(() => looked.adam.minimize(looked.loss)).toThrow(`Adam: ${inUse}`);
      expect(() => looked.adam.useAverages()).toThrow(`useAverages: ${inUse}`);
      expect(() => looked.adam.checkFor('train', looked.weights)).toThrow(`train: optimizer: ${inUse}`);
      goBack();
      expect(values(looked.weights)).toEqual(own);
      for (const { adam, loss } of [looked, plain]) adam.minimize(loss).dispose();
      goBack();
      expect(values(looked.weights)).toEqual(values(plain.weights));
      looked.dispose();
      plain.dispose();
    });
  });

  it('keep the averages where the optimiser is disposed of, and nothing else is kept', async () => {
    await expectNoLeak(() => {
      const { adam, weights, dispose } = train({ rate: 0.1, average: 0.9 }, 5);
      const averages = values(adam.averaged);
      const goBack = adam.useAverages();
      adam.dispose();
      goBack();
      expect(values(weights)).toEqual(averages);
      dispose();
    });
  });

  it('have no averages without the option', () => {
    const { adam, dispose } = train({}, 1);
    expect(() => adam.useAverages()).toThrow('useAverages: this optimiser keeps no averages');
    dispose();
  });
});
