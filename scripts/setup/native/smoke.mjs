// @ts-check
// node scripts/setup/native/smoke.mjs: loads the native backend, computes a product and a gradient of a convolution,
// and prints what it found as JSON. It runs in a process of its own, since a bad library ends the process.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../paths.mjs';

const load = createRequire(join(root, 'lib', 'package.json'));
const util = load('node:util');
// Node 23 removed it
util.isNullOrUndefined ??= (/** @type {unknown} */ value) => value === null || value === undefined;

const tf = load('@tensorflow/tfjs-node-gpu');
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
console.log(JSON.stringify({ tensorflow: backend.binding.TF_Version, gpu: Boolean(backend.isUsingGpuDevice) }));

/**
 * @param {string} what
 * @param {any} tensor
 * @param {number[]} expected
 */
function expectEqual(what, tensor, expected) {
  const came = [...tensor.dataSync()];
  if (came.join() !== expected.join()) throw new Error(`${what} is wrong: expected ${expected}, got ${came}`);
}
