import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, type AdamOptions, compile, key, ready, squaredLoss, tf, uniform, unet } from 'naive-diffusion';

beforeAll(() => ready());

/** As plain arrays: the weights of a network, then the state of its optimiser. */
type Saved = Float32Array[];

const options: AdamOptions = { rate: (step) => 0.01 / (1 + step), clip: 1, warmup: 12, average: 0.99 };

/** Trains a small network, compiled, from step `from` to `to`, and returns what would be saved after every step. */
function train(from: number, to: number, { saved, enabled = true }: { saved?: Saved; enabled?: boolean } = {}) {
  const network = unet({ channels: 1, size: 16, widths: [4, 8], dense: 16, seed: 2 });
  const adam = new Adam(network.weights, options);
  const all = [...network.weights, ...adam.state];
  saved?.forEach((values, i) => tf.tidy(() => all[i].assign(tf.tensor(values, all[i].shape))));
  const learn = compile(
    (stepKey: tf.Tensor1D, rate: tf.Scalar) =>
      adam.minimize(() => {
        const x0 = uniform<tf.Rank.R4>(stepKey, [4, 16, 16, 1]);
        return squaredLoss(network(x0, tf.reshape(tf.slice(x0, [0, 3, 3, 0], [4, 1, 1, 1]), [4])), x0);
      }, rate),
    { state: all, enabled },
  );
  const after: Saved[] = [];
  for (let step = from; step < to; step++) {
    tf.tidy(() => learn(key(4, step), tf.scalar(adam.nextRate())));
    after.push(all.map((v) => v.dataSync<'float32'>().slice()));
  }
  learn.dispose();
  adam.dispose();
  network.dispose();
  return after;
}

/** How many numbers differ, in any bit. */
function differing(a: Saved, b: Saved): number {
  let count = 0;
  a.forEach((values, i) => values.forEach((value, j) => (count += Number(!Object.is(value, b[i][j])))));
  return count;
}

describe('compiled training with clipping, warm-up, a schedule and averages', () => {
  const steps = 24;

  it('that is cut in two at any step ends as if it had not been, bit for bit', () => {
    const whole = train(0, steps);
    for (let cut = 1; cut < steps; cut++) {
      const rest = train(cut, steps, { saved: whole[cut - 1] });
      expect(differing(rest.at(-1)!, whole[steps - 1]), `numbers that differ, cut at step ${cut}`).toBe(0);
    }
  });

  it('has after each step what the same training has that is not compiled, bit for bit', () => {
    const [compiled, eager] = [train(0, steps), train(0, steps, { enabled: false })];
    compiled.forEach((saved, step) => expect(differing(saved, eager[step]), `after step ${step + 1}`).toBe(0));
  });
});

describe('a replay has the bits of the recording', () => {
  // What optimisers of graphs like to write in another way, which rounds differently.
  const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    'for divisions by a constant': (x) => tf.stack([3, 7, 10, 0.001].map((c) => tf.div(x, c))),
    'for divisions of a constant': (x) => tf.stack([3, 7, 10, 0.001].map((c) => tf.div(c, x))),
    'for divisions by a root': (x) => tf.div(x, tf.sqrt(tf.add(x, 3))),
    'for sums and products with constants, in a row': (x) => tf.mul(tf.mul(tf.add(tf.add(x, 0.1), 0.2), 0.3), 0.7),
    'for constants around a convolution': (x) => {
      const images = tf.reshape(x, [1, 10, 10, 10]) as tf.Tensor4D;
      const filter = tf.reshape(tf.linspace(-1, 1, 900), [3, 3, 10, 10]) as tf.Tensor4D;
      return tf.relu(
        tf.add(tf.mul(tf.conv2d(tf.mul<tf.Tensor4D>(images, 0.3), filter, 1, 'same'), 0.7), tf.linspace(0, 1, 10)),
      );
    },
    'for a factor that several share': (x) => tf.add(tf.mul(x, 0.3), tf.mul(x, tf.sin(x))),
    'for exp(x) − 1 and log(x + 1)': (x) => tf.add(tf.sub(tf.exp(x), 1), tf.log(tf.add(x, 1))),
    'for softmax and its gradient': (x) => {
      const scores = tf.reshape(x, [100, 10]);
      const gradient = tf.grad((z: tf.Tensor) => tf.sum(tf.square(tf.softmax(z))))(scores);
      return tf.stack([tf.softmax(scores), gradient]);
    },
    'for convolutions and their gradients': (x) => {
      const images = tf.reshape(x, [4, 5, 5, 10]) as tf.Tensor4D;
      const filter = tf.reshape(tf.linspace(-1, 1, 900), [3, 3, 10, 10]) as tf.Tensor4D;
      const loss = (a: tf.Tensor, f: tf.Tensor) => {
        const padded = tf.pad(a, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]);
        const y = tf.relu(tf.add(tf.conv2d(padded as tf.Tensor4D, f as tf.Tensor4D, 1, 'valid'), 0.1));
        return tf.sum(tf.square(tf.maxPool(y as tf.Tensor4D, 2, 2, 'same')));
      };
      return tf.concat(
        tf
          .grads(loss)([images, filter])
          .map((gradient) => tf.reshape(gradient, [-1])),
      );
    },
    'for matrices and norms': (x) => {
      const [a, b] = [tf.reshape<tf.Rank.R2>(x, [40, 25]), tf.reshape<tf.Rank.R2>(x, [25, 40])];
      const product = tf.tanh(tf.add(tf.matMul(a, b), tf.linspace(0, 1, 40)));
      return tf.batchNorm(product, tf.mean<tf.Tensor1D>(product, 0), tf.norm(product, 2, 0) as tf.Tensor1D);
    },
    'for squared differences and powers': (x) => tf.add(tf.square(tf.sub(x, 0.3)), tf.pow(x, 3)),
  };
  it.each(Object.entries(functions))('%s', (_, fn) => {
    const f = compile(fn);
    const runs = [0, 1, 2, 3].map(() =>
      tf.tidy(() =>
        f(uniform(key(1), [1000]))
          .dataSync<'float32'>()
          .slice(),
      ),
    ) as unknown as Float32Array[];
    for (const run of runs.slice(1)) expect(differing([runs[0]], [run])).toBe(0);
    f.dispose();
  });
});
