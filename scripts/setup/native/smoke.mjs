// @ts-check
// node scripts/setup/native/smoke.mjs: loads the native backend, computes a product, a gradient of a convolution, and
// what our own operations have to say of small images and tokens, and prints what it found as JSON. It runs in a
// process of its own, since a bad library ends the process.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tensorflowPackage } from '../paths.mjs';

const load = createRequire(join(tensorflowPackage, 'package.json'));
const util = load('node:util');
// Node 23 removed it
util.isNullOrUndefined ??= (/** @type {unknown} */ value) => value === null || value === undefined;

const tf = load(tensorflowPackage);
expectEqual(
  'matMul',
  tf.matMul(
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ),
  [19, 22, 43, 50],
);
const image = tf.range(0, 9).reshape([1, 3, 3, 1]);
const gradient = tf.grad((/** @type {any} */ filter) => tf.conv2d(image, filter, 1, 'valid').sum())(
  tf.ones([2, 2, 1, 1]),
);
expectEqual('gradient of conv2d', gradient, [8, 12, 20, 24]); // the sums of the four windows' entries

const backend = tf.backend();
if (!backend.isUsingGpuDevice) tryOwnOperations(); // they are made for the processor
console.log(JSON.stringify({ tensorflow: backend.binding.TF_Version, gpu: Boolean(backend.isUsingGpuDevice) }));

/** Each on images of 3×3 pixels whose sums are known. */
function tryOwnOperations() {
  const ones = tf.ones([3, 3, 1, 1]);
  const dy = tf.ones([1, 3, 3, 1]);
  const nothing = tf.zeros([0]);
  const sizes = { stride: 1, height: 3, width: 3 };
  // Of each pixel and its neighbours; and of the pixels that meet a place of the filter.
  const sums = [8, 15, 12, 21, 36, 27, 20, 33, 24];
  const neighbours = [4, 6, 4, 6, 9, 6, 4, 6, 4];
  const raised = [...image.dataSync()].map((value) => Math.max(0, value - 4));
  const each = Math.sqrt(3 / 20); // the numbers 0 to 8 have the variance 20/3
  expectEqual('own convolution', own('Conv3x3', [image, ones, nothing, nothing], { relu: false, turned: false }), sums);
  expectEqual(
    'own gradient of its input',
    own('Conv3x3', [dy, ones, nothing, nothing], { relu: false, turned: true }),
    neighbours,
  );
  expectEqual('own gradient of its filter', own('Conv3x3FilterGrad', [image, dy], {}), sums);
  const prepared = own('Conv3x3Filter', [ones], { turned: false });
  expectEqual(
    'own convolution with a prepared filter',
    own('Conv3x3Prepared', [image, prepared, nothing, nothing], { relu: false, outputs: 1 }),
    sums,
  );
  expectEqual('own small convolution', own('SmallConv', [image, ones], sizes), sums);
  expectEqual('own gradient of its input', own('SmallConvInputGrad', [ones, dy], sizes), neighbours);
  expectEqual('own gradient of its filter', own('SmallConvFilterGrad', [image, dy], sizes), sums);
  const [large, small, taps] = [tf.range(0, 16).reshape([1, 4, 4, 1]), tf.ones([1, 2, 2, 1]), tf.ones([3, 3, 1, 1])];
  expectEqual(
    'own convolution in steps of two',
    own('ConvStride2', [large, taps, nothing, nothing], { relu: false, transposed: false }),
    [45, 39, 66, 50],
  );
  expectEqual(
    'its transpose',
    own('ConvStride2', [small, taps, nothing, nothing], { relu: false, transposed: true }),
    [1, 1, 2, 1, 1, 1, 2, 1, 2, 2, 4, 2, 1, 1, 2, 1],
  );
  const ready = own('ConvStride2Filter', [taps], { transposed: false });
  expectEqual(
    'own convolution in steps of two with a prepared filter',
    own('ConvStride2Prepared', [large, ready, nothing, nothing], {
      relu: false,
      transposed: false,
      side: 3,
      outputs: 1,
    }),
    [45, 39, 66, 50],
  );
  expectEqual(
    'own gradient of its filter',
    own('ConvStride2FilterGrad', [large, small], { side: 3 }),
    [20, 24, 12, 36, 40, 20, 18, 20, 10],
  );
  expectEqual('own sum', own('Add', [image, tf.fill([1, 3, 3, 1], -4), nothing], { relu: true }), raised);
  expectEqual(
    'own gradient of a sum',
    own('AddReluGrad', [image, tf.tensor4d(raised, [1, 3, 3, 1]), nothing], { parts: 1 }, 2),
    [0, 0, 0, 0, 0, 5, 6, 7, 8],
  );
  const rows = [tf.ones([1, 1]), tf.zeros([1, 1])];
  expectEqual(
    'own group normalisation',
    own('GroupNorm', [image, ...rows, tf.scalar(1e-9)], { groups: 1, silu: false }, 3),
    [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((value) => value * each),
  );
  const statistics = [tf.fill([1, 1, 1], 4), tf.fill([1, 1, 1], each)];
  expectEqual(
    'own gradient of group normalisation',
    own('GroupNormGrad', [dy, image, ...rows, ...statistics], { groups: 1, silu: false }, 3),
    Array(9).fill(0), // to raise all pixels changes nothing
  );
  // Two tokens with queries and keys of 0 look at both alike: at the values 1 and 3.
  const tokens = tf.tensor3d([0, 0, 1, 0, 0, 3], [1, 2, 3]);
  const [outputs, halves] = [tf.fill([1, 2, 1], 2), tf.tensor4d([0, 0, 0.5, 0.5], [1, 1, 2, 2])];
  expectEqual('own attention', own('Attend', [tokens], { heads: 1 }, 2), [2, 2]);
  expectEqual(
    'own gradient of attention',
    own('AttendGrad', [tf.ones([1, 2, 1]), tokens, outputs, halves], { heads: 1 }),
    [0, 0, 1, 0, 0, 1],
  );
  const pair = tf.tensor2d([1, 3], [1, 2]);
  const [zeros, twos] = [tf.zeros([1, 2]), tf.fill([1, 2], 2)];
  expectEqual('own layer normalisation', own('LayerNorm', [pair, zeros, twos, tf.scalar(0)], {}, 3), [1, 3]);
  expectEqual('own GELU', own('Gelu', [pair, tf.fill([2], -2)], {}), [-0.1572992, 1.8427008]); // ∓(1 ∓ erf(1))
  // m = 0 · 0 + 2 and v = 0 · 0 + 4: the weight 5 moves by 2 / (√4 + 0) · −3.
  const [zero, two, five] = [0, 2, 5].map((value) => tf.tensor1d([value]));
  const adam = [two, zero, zero, zero, zero, zero, tf.scalar(-3), zero, five];
  expectEqual('own step of Adam', own('Adam', adam, { count: 1, averaged: 0 }, 3, 2), [2]);
  const three = tf.tensor2d([2, 5, -1], [1, 3]);
  expectEqual('own ranks', own('Ranks', [three], {}), [1, 0, 2]);
  expectEqual('own choice of the largest', own('Largest', [three], { count: 2 }), [1, 1, 0]);
  expectEqual('own sum with a gate', own('GatedSum', [pair, twos, pair], {}), [3, 9]);
}

/**
 * An output of an operation of lib/native, the first if nothing else is said.
 * @param {string} name
 * @param {any[]} inputs
 * @param {Record<string, number | boolean>} attributes
 */
function own(name, inputs, attributes, outputs = 1, which = 0) {
  const { TF_ATTR_BOOL, TF_ATTR_INT } = backend.binding;
  const list = Object.entries(attributes).map(([key, value]) => ({
    name: key,
    type: typeof value === 'boolean' ? TF_ATTR_BOOL : TF_ATTR_INT,
    value,
  }));
  return backend.executeMultipleOutputs(`NaiveDiffusion${name}`, list, inputs, outputs)[which];
}

/**
 * @param {string} what
 * @param {any} tensor
 * @param {number[]} expected
 */
function expectEqual(what, tensor, expected) {
  const came = [...tensor.dataSync()];
  const isRight = came.length === expected.length && came.every((value, i) => Math.abs(value - expected[i]) < 1e-4);
  if (!isRight) throw new Error(`${what} is wrong: expected ${expected}, got ${came}`);
}
