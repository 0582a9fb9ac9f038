import { describe, expect, it } from 'vitest';
import {
  absoluteLoss,
  conv2d,
  conv2dTranspose,
  downsample2x,
  groupNorm,
  isNative,
  key,
  normal,
  ready,
  silu,
  squaredLoss,
  tf,
  upsample2x,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';
import { findFused } from '../../lib/src/backend/fused.js';
import { apart, on, plain, type Plain, scoped, withoutFused } from './backends.js';

await ready();

/** An operation of the library, the same composed from TensorFlow.js, and the shapes of its arguments. */
interface Case {
  name: string;
  shapes: number[][];
  own: (...inputs: never[]) => tf.Tensor;
  stock: (...inputs: never[]) => tf.Tensor;
}

const activations = {
  linear: (x: tf.Tensor4D) => x,
  relu: (x: tf.Tensor4D) => tf.relu(x),
  silu: (x: tf.Tensor4D) => tf.mul(x, tf.sigmoid(x)),
} as const;

const cases: Case[] = [];

for (const [x, filter, stride, activation] of [
  [[2, 8, 8, 3], [3, 3, 3, 4], 1, 'relu'],
  [[3, 7, 5, 5], [3, 3, 5, 7], 1, 'linear'],
  [[2, 8, 8, 4], [1, 1, 4, 3], 1, 'silu'],
  [[2, 9, 6, 1], [4, 4, 1, 5], 2, 'relu'],
  [[1, 8, 8, 6], [3, 3, 6, 8], 2, 'linear'],
  [[2, 6, 6, 3], [2, 2, 3, 2], 2, 'silu'],
  [[2, 5, 5, 2], [5, 5, 2, 3], 1, 'relu'],
  [[2, 7, 6, 3], [3, 1, 3, 4], 2, 'linear'],
  [[4, 32, 32, 7], [1, 1, 7, 33], 2, 'linear'],
] as const) {
  cases.push({
    name: `conv2d [${x}] * [${filter}], stride ${stride}, ${activation}`,
    shapes: [[...x], [...filter], [filter[3]]],
    own: (a: tf.Tensor4D, f: tf.Tensor4D, b: tf.Tensor1D) => conv2d(a, f, b, { stride, activation }),
    stock: (a: tf.Tensor4D, f: tf.Tensor4D, b: tf.Tensor1D) =>
      activations[activation](tf.add(tf.conv2d(a, f, stride, 'same'), b)),
  });
}
for (const [x, filter, stride, activation] of [
  [[2, 4, 4, 3], [3, 3, 5, 3], 2, 'relu'],
  [[2, 3, 5, 4], [4, 4, 2, 4], 2, 'linear'],
  [[1, 4, 4, 2], [2, 2, 3, 2], 2, 'silu'],
  [[2, 5, 3, 3], [3, 3, 4, 3], 1, 'relu'],
  [[2, 4, 3, 5], [1, 3, 2, 5], 2, 'linear'],
] as const) {
  const size = [x[0], x[1] * stride, x[2] * stride, filter[2]] as [number, number, number, number];
  cases.push({
    name: `conv2dTranspose [${x}] * [${filter}], stride ${stride}, ${activation}`,
    shapes: [[...x], [...filter], [filter[2]]],
    own: (a: tf.Tensor4D, f: tf.Tensor4D, b: tf.Tensor1D) => conv2dTranspose(a, f, b, { stride, activation }),
    stock: (a: tf.Tensor4D, f: tf.Tensor4D, b: tf.Tensor1D) =>
      activations[activation](tf.add(tf.conv2dTranspose(a, f, size, stride, 'same'), b)),
  });
}
cases.push({
  name: 'conv2d without bias',
  shapes: [
    [2, 5, 4, 3],
    [3, 3, 3, 2],
  ],
  own: (a: tf.Tensor4D, f: tf.Tensor4D) => conv2d(a, f, undefined, { activation: 'relu' }),
  stock: (a: tf.Tensor4D, f: tf.Tensor4D) => tf.relu(tf.conv2d(a, f, 1, 'same')),
});
for (const [x, groups, activation, own] of [
  [[2, 4, 4, 8], 4, 'silu', false],
  [[3, 5, 3, 6], 2, 'linear', false],
  [[1, 7, 7, 5], 1, 'silu', false],
  [[2, 3, 3, 3], 3, 'linear', false],
  [[3, 4, 5, 6], 3, 'silu', true],
  [[2, 5, 3, 4], 2, 'linear', true],
  [[5, 16, 16, 40], 8, 'silu', true], // large enough for several threads, which share five images
] as const) {
  const [batch, height, width, channels] = x;
  const vector = own ? [batch, channels] : [channels];
  cases.push({
    name: `groupNorm [${x}], ${groups} groups, ${activation}, scale [${vector}]`,
    shapes: [[...x], vector, vector],
    own: (a: tf.Tensor4D, scale: tf.Tensor, offset: tf.Tensor) => groupNorm(a, scale, offset, { groups, activation }),
    stock: (a: tf.Tensor4D, ...vectors: tf.Tensor[]) => {
      const [scale, offset] = vectors.map((v) => tf.reshape(v, [own ? batch : 1, 1, 1, channels]));
      const grouped = a.reshape([batch, height * width, groups, channels / groups]);
      const { mean, variance } = tf.moments(grouped, [1, 3], true);
      const hat = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, 1e-5))).reshape(x as never);
      return activations[activation](tf.add(tf.mul(hat, scale), offset) as tf.Tensor4D);
    },
  });
}
cases.push(
  { name: 'silu', shapes: [[3, 5]], own: silu, stock: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)) },
  {
    name: 'squaredLoss',
    shapes: [
      [3, 5, 2],
      [3, 5, 2],
    ],
    own: squaredLoss,
    stock: (a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.square(tf.sub(a, b))),
  },
  {
    name: 'absoluteLoss',
    shapes: [
      [3, 5, 2],
      [3, 5, 2],
    ],
    own: absoluteLoss,
    stock: (a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.abs(tf.sub(a, b))),
  },
  {
    name: 'upsample2x',
    shapes: [[2, 3, 5, 3]],
    own: upsample2x,
    stock: (x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [x.shape[1] * 2, x.shape[2] * 2]),
  },
  {
    name: 'downsample2x',
    shapes: [[2, 6, 4, 3]],
    own: downsample2x,
    stock: (x: tf.Tensor4D) => tf.avgPool(x, 2, 2, 'same'),
  },
);

/** The output for fixed random arguments, and the gradients of its product with fixed random weights. */
function outputAndGradients({ shapes }: Case, op: (...inputs: never[]) => tf.Tensor): Plain[] {
  const inputs = shapes.map((shape, i) => normal(key(17, i), shape));
  const output = op(...(inputs as never[]));
  const direction = normal(key(18), output.shape);
  const gradients = tf.grads((...xs) => tf.sum(tf.mul(op(...(xs as never[])), direction)))(inputs);
  return [output, ...gradients].map(plain);
}

describe.each(cases)('$name', (c) => {
  // Single precision, and sums of up to some hundred products in another order.
  const rounding = 2e-5;

  it('has the values and gradients of the same operation composed from TensorFlow.js', () => {
    const [own, stock] = [c.own, c.stock].map((op) => scoped(() => outputAndGradients(c, op)));
    own.forEach((tensor, i) =>
      expect(apart(tensor, stock[i]), i === 0 ? 'output' : `gradient of argument ${i - 1}`).toBeLessThan(rounding),
    );
  });

  it('has the same values and gradients on other backends', async () => {
    const native = scoped(() => outputAndGradients(c, c.own));
    for (const backend of ['wasm', 'cpu'] as const) {
      const other = await on(backend, () => outputAndGradients(c, c.own));
      other.forEach((tensor, i) => expect(apart(tensor, native[i]), `${backend}, ${i}`).toBeLessThan(rounding));
    }
  });

  it('has gradients that predict the change of its values', () => {
    tf.tidy(() => {
      const inputs = c.shapes.map((shape, i) => normal(key(19, i), shape));
      const size = c.own(...(inputs as never[])).shape;
      const direction = normal(key(20), size);
      const value = (xs: tf.Tensor[]) => tf.sum(tf.mul(c.own(...(xs as never[])), direction));
      const gradients = tf.grads((...xs) => value(xs))(inputs);
      const moves = c.shapes.map((shape, i) => normal(key(21, i), shape));
      const h = 1e-3;
      const at = (sign: number) => value(inputs.map((x, i) => tf.add(x, tf.mul(moves[i], sign * h)))).dataSync()[0];
      const measured = (at(1) - at(-1)) / (2 * h);
      const predicted = gradients.reduce((sum, g, i) => sum + tf.sum(tf.mul(g, moves[i])).dataSync()[0], 0);
      const scale = gradients.reduce((sum, g, i) => sum + tf.sum(tf.abs(tf.mul(g, moves[i]))).dataSync()[0], 0);
      // Differences of rounded values, and kinks of relu or |x| within the move: a few thousandths of the terms' size.
      expect(Math.abs(measured - predicted)).toBeLessThan(1e-2 * scale);
    });
  });

  it('leaves no tensors behind, with gradients or without', async () => {
    await expectNoLeak(() => {
      tf.tidy(() => {
        outputAndGradients(c, c.own);
      });
    });
    await expectNoLeak(() => {
      const inputs = c.shapes.map((shape, i) => tf.tidy(() => normal(key(17, i), shape)));
      const output = c.own(...(inputs as never[]));
      const gradients = tf.grads((...xs) => tf.sum(c.own(...(xs as never[]))))(inputs);
      tf.dispose([inputs, output, gradients]);
    });
  });
});

describe('differentiation', () => {
  it('goes through operations inside tf.tidy, inside customGrad, and several in a row', () => {
    tf.tidy(() => {
      const x = normal(key(1), [2, 4, 4, 3]) as tf.Tensor4D;
      const filter = normal(key(2), [3, 3, 3, 3]) as tf.Tensor4D;
      const chain = (y: tf.Tensor4D) => tf.sum(conv2d(conv2d(y, filter, undefined, { activation: 'relu' }), filter));
      const stock = (y: tf.Tensor4D) => tf.sum(tf.conv2d(tf.relu(tf.conv2d(y, filter, 1, 'same')), filter, 1, 'same'));
      const expected = plain(tf.grad(stock as never)(x));
      const inTidy = tf.grad((y) => tf.tidy(() => chain(y as tf.Tensor4D)))(x);
      // A custom gradient around the second convolution: that of its sum, as a transposed convolution of ones.
      const wrapped = tf.customGrad((y) => ({
        value: tf.sum(conv2d(y as tf.Tensor4D, filter)),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, conv2dTranspose(tf.ones((y as tf.Tensor4D).shape), filter)),
      }));
      const inCustom = tf.grad((y) => wrapped(conv2d(y as tf.Tensor4D, filter, undefined, { activation: 'relu' })))(x);
      for (const gradient of [inTidy, inCustom]) expect(apart(plain(gradient), expected)).toBeLessThan(2e-5);
    });
  });

  it.runIf(isNative())('reaches variables, and computes no gradient that nobody asked for', () => {
    tf.tidy(() => {
      const images = normal(key(1), [2, 4, 4, 3]) as tf.Tensor4D;
      const filter = tf.variable(normal(key(2), [3, 3, 3, 3]) as tf.Tensor4D);
      const names: string[] = [];
      const backend = tf.backend() as unknown as {
        binding: { executeOp: (name: string, ...rest: unknown[]) => unknown };
      };
      const { binding } = backend;
      backend.binding = Object.create(binding, {
        executeOp: {
          value: (name: string, ...rest: unknown[]) => {
            names.push(name);
            return binding.executeOp(name, ...rest);
          },
        },
      });
      try {
        const { grads } = tf.variableGrads(() => tf.sum(conv2d(images, filter)) as tf.Scalar);
        expect(Object.keys(grads)).toEqual([filter.name]);
      } finally {
        backend.binding = binding;
      }
      expect(names).toContain('NaiveDiffusionConv3x3FilterGrad');
      expect(
        names.filter((name) => name === 'NaiveDiffusionConv3x3'),
        'once, forwards',
      ).toHaveLength(1);
    });
  });

  it('of the absolute loss is 0 where prediction and target are equal', () => {
    tf.tidy(() => {
      const gradient = tf.grad((x) => absoluteLoss(x, tf.tensor1d([1, 2, 3, 4])))(tf.tensor1d([1, 3, 2, 4]));
      expect([...gradient.dataSync()]).toEqual([0, 0.25, -0.25, 0]);
    });
  });
});

describe('groupNorm', () => {
  it('has the same values and gradients in C++ and in TensorFlow.js', () => {
    const norms = cases.filter(({ name }) => name.startsWith('groupNorm'));
    expect(norms.length).toBeGreaterThan(5);
    for (const c of norms) {
      expect(findFused(), 'the operation is part of the binding').toBe(true);
      const fused = scoped(() => outputAndGradients(c, c.own));
      const composed = withoutFused(() => scoped(() => outputAndGradients(c, c.own)));
      fused.forEach((tensor, i) => expect(apart(tensor, composed[i]), `${c.name}, ${i}`).toBeLessThan(2e-5));
    }
  });

  it('keeps to the definition where silu is far from linear, to 1e-6', () => {
    const x = tf.linspace(-90, 90, 1024).reshape<tf.Tensor4D>([1, 32, 32, 1]);
    const y = groupNorm(x, tf.fill([1], 50), tf.zeros([1]), { groups: 1, activation: 'silu' });
    const { mean, variance } = tf.moments(x);
    const t = tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), 50);
    expect(apart(plain(y), plain(tf.mul(t, tf.sigmoid(t))))).toBeLessThan(1e-6);
    tf.dispose([x, y, mean, variance, t]);
  });

  it('brings each group to mean 0 and variance 1, also for images far from 0', () => {
    tf.tidy(() => {
      const x = tf.add(tf.mul(normal(key(3), [2, 8, 8, 4]), 0.5), 20) as tf.Tensor4D;
      const y = groupNorm(x, tf.ones([4]), tf.zeros([4]), { groups: 2, epsilon: 1e-7 });
      const { mean, variance } = tf.moments(y.reshape([2, 64, 2, 2]), [1, 3]);
      for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 4);
      for (const value of variance.dataSync()) expect(value).toBeCloseTo(1, 4);
    });
  });

  it('gives the offset for images of one colour', () => {
    tf.tidy(() => {
      const y = groupNorm(tf.fill([1, 4, 4, 2], 0.7) as tf.Tensor4D, tf.ones([2]), tf.tensor1d([3, -1]), { groups: 1 });
      for (const [i, value] of y.dataSync().entries()) expect(value).toBeCloseTo(i % 2 === 0 ? 3 : -1, 4);
    });
  });
});

describe('wrong arguments get an error that says what is wrong', () => {
  const image = (...shape: number[]) => tf.zeros(shape as [number, number, number, number]) as tf.Tensor4D;
  const vector = (n: number) => tf.zeros([n]) as tf.Tensor1D;
  it.each<[string, () => unknown, string]>([
    [
      'conv2d',
      () => conv2d(image(1, 4, 4, 3), image(3, 3, 4, 2)),
      'conv2d: filter must have as many inputs (axis 2) as x has channels, 3, got shape [3,3,4,2]',
    ],
    [
      'conv2d',
      () => conv2d(image(4, 4, 3), image(3, 3, 3, 2)),
      'conv2d: x must have shape [batch, height, width, channels], got [4,4,3]',
    ],
    [
      'conv2d',
      () => conv2d(image(1, 4, 4, 3), image(3, 3, 3, 2), vector(3)),
      'conv2d: bias must have shape [2], got [3]',
    ],
    [
      'conv2d',
      () => conv2d(image(1, 4, 4, 3), image(3, 3, 3, 2), undefined, { stride: 3 as never }),
      'conv2d: stride must be 1 or 2, got 3',
    ],
    [
      'conv2d',
      () => conv2d(image(1, 4, 4, 3), image(3, 3, 3, 2), undefined, { activation: 'tanh' as never }),
      "conv2d: activation must be linear, relu or silu, got 'tanh'",
    ],
    [
      'conv2dTranspose',
      () => conv2dTranspose(image(1, 4, 4, 3), image(3, 3, 3, 2)),
      'conv2dTranspose: filter must have as many inputs (axis 3) as x has channels, 3, got shape [3,3,3,2]',
    ],
    [
      'groupNorm',
      () => groupNorm(image(1, 4, 4, 6), vector(6), vector(6), { groups: 4 }),
      'groupNorm: groups must divide the 6 channels, got 4',
    ],
    [
      'groupNorm',
      () => groupNorm(image(1, 4, 4, 6), vector(5), vector(6), { groups: 2 }),
      'groupNorm: scale must have shape [6] or [1,6], got [5]',
    ],
    [
      'squaredLoss',
      () => squaredLoss(image(1, 2), image(2, 1)),
      'squaredLoss: prediction and target must have the same shape, got [1,2] and [2,1]',
    ],
    ['downsample2x', () => downsample2x(image(1, 5, 4, 1)), 'downsample2x: x must have even height and width, got 5×4'],
  ])('%s', (_, act, message) => {
    tf.tidy(() => {
      expect(act).toThrow(message);
    });
  });
});
