import { describe, expect, it } from 'vitest';
import {
  Adam,
  conv2d,
  conv2dTranspose,
  downsample2x,
  groupNorm,
  isNative,
  key,
  normal,
  ready,
  squaredLoss,
  tf,
  unet,
  uniform,
  upsample2x,
} from 'naive-diffusion';
import { apart, on, plain, type Plain } from './backends.js';

await ready();

describe('the convolution gradient that WebAssembly lacks', () => {
  it.each<[[number, number, number, number], [number, number, number, number], number, 'same' | 'valid' | number]>([
    [[2, 7, 6, 3], [3, 3, 3, 4], 1, 'same'],
    [[2, 7, 6, 3], [3, 3, 3, 4], 2, 'same'],
    [[3, 8, 8, 2], [4, 4, 2, 5], 2, 'same'],
    [[1, 9, 9, 1], [5, 3, 1, 2], 1, 'valid'],
    [[2, 9, 10, 2], [2, 2, 2, 3], 3, 'valid'],
    [[2, 5, 5, 4], [1, 1, 4, 2], 1, 'same'],
    [[2, 5, 4, 4], [1, 1, 4, 2], 1, 1],
    [[2, 5, 4, 3], [3, 3, 3, 2], 1, 2],
  ])('agrees with plain JavaScript: [%s] * [%s], stride %d, %s', async (xShape, filterShape, stride, pad) => {
    const gradient = () => {
      const x = normal(key(1), xShape) as tf.Tensor4D;
      const filter = normal(key(2), filterShape) as tf.Tensor4D;
      return plain(tf.grad((f) => tf.sum(tf.sin(tf.conv2d(x, f as tf.Tensor4D, stride, pad))))(filter));
    };
    expect(apart(await on('wasm', gradient), await on('cpu', gradient))).toBeLessThan(1e-5);
  });
});

/** Trains for `steps` on whatever backend runs, and returns the losses and the weights. */
function train(make: () => { weights: tf.Variable[]; loss: () => tf.Scalar }, steps: number): Plain[] {
  const { weights, loss } = make();
  const adam = new Adam(weights, { rate: 1e-3, clip: 1, average: 0.9 });
  const losses = Array.from({ length: steps }, () => adam.minimize(loss).dataSync()[0]);
  const after = [...weights, ...adam.averaged].map(plain);
  adam.dispose();
  tf.dispose(weights);
  return [{ shape: [steps], values: losses }, ...after];
}

/** A network with every operation that a layer is made of. */
function everyOperation() {
  const weight = (i: number, shape: number[], gain = 0.3) => tf.variable(tf.mul(normal(key(30, i), shape), gain));
  const filters = [
    [3, 3, 3, 8],
    [3, 3, 8, 8],
    [4, 4, 8, 8],
    [3, 3, 8, 8],
    [1, 1, 8, 3],
  ].map((shape, i) => weight(i, shape) as tf.Variable<tf.Rank.R4>);
  const biases = [8, 8, 8, 8, 3].map((n, i) => weight(10 + i, [n]) as tf.Variable<tf.Rank.R1>);
  const scale = weight(20, [8], 1) as tf.Variable<tf.Rank.R1>;
  const dense = weight(21, [8 * 16, 8 * 16], 0.1) as tf.Variable<tf.Rank.R2>;
  const x = uniform(key(31), [4, 16, 16, 3]) as tf.Tensor4D;
  const y = uniform(key(32), [4, 16, 16, 3]);
  const forward = () => {
    let h = conv2d(x, filters[0], biases[0], { stride: 2, activation: 'relu' });
    h = groupNorm(conv2d(h, filters[1], biases[1]), scale, biases[2], { groups: 4, activation: 'silu' });
    const small = downsample2x(h);
    h = tf.add(h, upsample2x(tf.tanh(tf.matMul(small.reshape([4, 128]), dense)).reshape(small.shape) as tf.Tensor4D));
    h = conv2dTranspose(h, filters[2], biases[2], { stride: 2, activation: 'relu' });
    h = conv2d(h, filters[3], biases[3], { activation: 'silu' });
    return tf.sigmoid(conv2d(h, filters[4], biases[4]));
  };
  return { weights: [...filters, ...biases, scale, dense], loss: () => squaredLoss(forward(), y) };
}

function smallUNet() {
  const network = unet({ size: 16, widths: [8, 12, 16], dense: 32, seed: 3 });
  const z = uniform(key(1), [4, 16, 16, 3]) as tf.Tensor4D;
  const x0 = uniform(key(2), [4, 16, 16, 3]) as tf.Tensor4D;
  const t = uniform(key(3), [4]) as tf.Tensor1D;
  return { weights: network.weights, loss: () => squaredLoss(network(z, t), x0) };
}

describe.runIf(isNative())('training on WebAssembly', () => {
  it.each([
    ['a UNet', smallUNet],
    ['a network with every operation', everyOperation],
  ])('of %s gives the losses and weights of native training', async (_, make) => {
    const [native, wasm] = [await on('tensorflow', () => train(make, 3)), await on('wasm', () => train(make, 3))];
    // Losses to 1e-5. A weight moves by up to 1e-3 a step, whatever the size of its gradient: where that is mere
    // rounding, so is the move. Hence a few weights may differ by some moves, but not many.
    expect(apart(wasm[0], native[0]), 'losses').toBeLessThan(1e-5);
    const differences = native
      .slice(1)
      .flatMap(({ values }, i) => values.map((value, j) => Math.abs(value - wasm[i + 1].values[j])));
    expect(
      differences.filter((d) => d > 1e-5).length / differences.length,
      'share of weights that differ by 1e-5',
    ).toBeLessThan(1e-3);
    expect(Math.max(...differences)).toBeLessThan(6e-3);
  });
});

describe('products of turned matrices on WebAssembly', () => {
  const shapes: [number[], number[], boolean, boolean][] = [
    [[7, 3], [7, 5], true, false],
    [[3, 7], [5, 7], false, true],
    [[9, 7], [2, 7], false, true],
    [[7, 3], [5, 7], true, true],
    [[2, 3, 7, 4], [2, 3, 5, 4], false, true],
    [[2, 7, 4], [2, 7, 5], true, false],
    [[1, 7, 4], [2, 5, 4], false, true],
  ];
  it.each(shapes)('are those of plain JavaScript: %s and %s, turned: %s, %s', async (aShape, bShape, turnA, turnB) => {
    const product = () => plain(tf.matMul(normal(key(1), aShape), normal(key(2), bShape), turnA, turnB));
    expect(apart(await on('wasm', product), await on('cpu', product))).toBeLessThan(1e-5);
  });

  it('know the same data again in rows of another length', async () => {
    const products = () => {
      const data = normal(key(3), [4, 6]);
      const wide = tf.matMul(normal(key(1), [4, 3]), data, true);
      const narrow = tf.matMul(normal(key(2), [8, 3]), tf.reshape(data, [8, 3]), true);
      return plain(tf.concat([tf.reshape(wide, [-1]), tf.reshape(narrow, [-1])]));
    };
    expect(apart(await on('wasm', products), await on('cpu', products))).toBeLessThan(1e-5);
  });
});

describe('the transposed convolution on WebAssembly', () => {
  it.each<[[number, number, number, number], [number, number, number, number], number]>([
    [[2, 7, 6, 3], [3, 3, 3, 4], 1],
    [[2, 8, 6, 3], [4, 4, 3, 4], 2],
    [[2, 7, 9, 3], [3, 3, 3, 4], 2], // no whole number of strides
    [[2, 7, 10, 2], [3, 2, 2, 3], 3],
    [[1, 9, 6, 2], [5, 4, 2, 3], 3],
    [[2, 5, 5, 4], [1, 1, 4, 2], 1],
  ])('agrees with plain JavaScript: %s by %s, stride %d', async (inputShape, filterShape, stride) => {
    const gradient = () => {
      const x = normal(key(1), inputShape);
      const filter = normal(key(2), filterShape) as tf.Tensor4D;
      return plain(tf.grad((z) => tf.sum(tf.sin(tf.conv2d(z as tf.Tensor4D, filter, stride, 'same'))))(x));
    };
    expect(apart(await on('wasm', gradient), await on('cpu', gradient))).toBeLessThan(1e-5);
  });
});

describe('copies on WebAssembly', () => {
  const flat = (...tensors: tf.Tensor[]) => plain(tf.concat(tensors.map((x) => tf.reshape(x, [-1]))));
  it.each<[string, () => tf.Tensor[]]>([
    ['rows of a batch', () => [tf.slice(normal(key(1), [5, 3, 2]), [2, 0, 0], [2, 3, 2])]],
    ['parts of rows', () => [tf.slice(normal(key(1), [5, 3, 4]), [1, 0, 1], [-1, 2, 2])]],
    ['a list that is split', () => tf.split(normal(key(1), [11]), [2, 0, 5, 4])],
    ['channels that are split', () => tf.split(normal(key(1), [2, 3, 5]), [1, 4], -1)],
    [
      'whole numbers and truths',
      () => [tf.slice(tf.tensor1d([7, 8, 9], 'int32'), 1), tf.tile(tf.tensor1d([true], 'bool'), [4])],
    ],
    ['a number in all places', () => [tf.tile(tf.tensor([[3.5]]), [4, 2]), tf.tile(normal(key(1), [2, 1]), [1, 3])]],
  ])('are those of plain JavaScript: %s', async (_, copies) => {
    const values = () => flat(...copies().map((x) => tf.cast(x, 'float32')));
    expect(await on('wasm', values)).toEqual(await on('cpu', values));
  });
});
