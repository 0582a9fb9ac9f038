import { tf } from './tf.js';
import type { Key } from '../types.js';
import { float32, int32, int32Vector, isNative, nativeOp } from './native-op.js';
import { philox, philoxInto } from './philox.js';
import { drawShare } from './share.js';

/**
 * The key of one random draw, made from a seed and, for many draws from one seed, a running index. Every draw function
 * takes a key and gives the same numbers for the same key; different keys give independent numbers.
 * @param seed a whole number from 0 to 2^53 − 1
 * @param index as `seed`; 0 when left out
 * @returns int32 `[2]`; the caller disposes of it
 * @throws {RangeError} when seed or index is no such number
 */
export function key(seed: number, index = 0): Key {
  checkWhole('seed', seed);
  checkWhole('index', index);
  // the letters of 'key': apart from other uses of the seed
  const [a, b] = philox(halves(seed), [...halves(index), 0x6b6579, 0]);
  return tf.tensor1d(Int32Array.of(a, b), 'int32');
}

/**
 * `n` new keys from one. Do not draw with a key that has been split.
 * @returns n tensors, int32 `[2]`; the caller disposes of them
 * @throws {RangeError} when n is not a whole number above 0
 */
export function splitKey(key: Key, n: number): Key[] {
  checkKey('splitKey', key);
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`splitKey: n must be a whole number of at least 1, got ${n}`);
  if (!isNative()) {
    // Each from its own numbers: a graphics card that took them apart would round them to 24 bits.
    const words = Int32Array.from(wordsOf(key, 2 * n));
    return Array.from({ length: n }, (_, i) => tf.tensor1d(words.slice(2 * i, 2 * i + 2), 'int32'));
  }
  return tf.tidy(() => {
    const types = { dtype: int32, T: int32, Tseed: int32 };
    return tf.unstack(nativeOp('StatelessRandomUniformFullInt', [int32Vector([n, 2]), key], types)) as Key[];
  });
}

/**
 * Random numbers, equally distributed over [0, 1), as float32 in steps of 2^−23.
 * The numbers are TensorFlow's own for this key (`tf.random.stateless_uniform`), bit for bit the same on every backend.
 */
export function uniform<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R] | number[]): tf.Tensor<R> {
  checkKey('uniform', key);
  checkShape('uniform', shape);
  return drawShare(shape, (whole) => {
    if (isNative()) return tf.tidy(() => stateless<R>('StatelessRandomUniform', key, whole));
    return tf.tensor(unitFloats(wordsOf(key, tf.util.sizeFromShape([...whole]))), whole as tf.ShapeMap[R], 'float32');
  });
}

/**
 * Random numbers from the standard normal distribution (Box and Muller 1958).
 * The numbers are TensorFlow's own for this key (`tf.random.stateless_normal`), the same on every backend up to
 * rounding.
 */
export function normal<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R] | number[]): tf.Tensor<R> {
  checkKey('normal', key);
  checkShape('normal', shape);
  return drawShare(shape, (whole) => {
    if (isNative()) return tf.tidy(() => stateless<R>('StatelessRandomNormal', key, whole));
    const n = tf.util.sizeFromShape([...whole]);
    return tf.tensor(normals(unitFloats(wordsOf(key, n + (n % 2)))).subarray(0, n), whole as tf.ShapeMap[R], 'float32');
  });
}

/** Coins: 0 or 1, each with probability one half, as float32. The same on every backend. */
export function coin<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R] | number[]): tf.Tensor<R> {
  checkKey('coin', key);
  checkShape('coin', shape);
  return tf.tidy(() => tf.floor(tf.mul(uniform<R>(key, shape), 2)) as tf.Tensor<R>);
}

function stateless<R extends tf.Rank>(op: string, key: Key, shape: readonly number[]): tf.Tensor<R> {
  return nativeOp<R>(op, [int32Vector(shape), key], { dtype: float32, T: int32, Tseed: int32 });
}

/**
 * The first `n` words of a key's stream, as TensorFlow draws them: the key is the counter of one Philox block under a
 * fixed Philox key, and the result is key and upper counter of the stream (`GenerateKey` in TensorFlow's
 * stateless_random_ops.cc).
 */
function wordsOf(key: Key, n: number): Uint32Array {
  const [low, high] = key.dataSync<'int32'>();
  const sign = (word: number) => (word < 0 ? 0xffffffff : 0); // TensorFlow widens int32 seeds to 64 bits
  const [k0, k1, c2, c3] = philox([0x3ec8f720, 0x02461e29], [low, sign(low), high, sign(high)]);
  const words = new Uint32Array(Math.ceil(n / 4) * 4);
  for (let block = 0; 4 * block < n; block++) philoxInto(words, 4 * block, k0, k1, block, 0, c2, c3);
  return words.subarray(0, n);
}

/** The lower 23 bits of each word as a float32 in [0, 1). */
function unitFloats(words: Uint32Array): Float32Array {
  return Float32Array.from(words, (word) => (word & 0x7fffff) / 0x800000);
}

/** Pairs of uniform numbers u, v become √(−2 ln u) · sin 2πv and √(−2 ln u) · cos 2πv. */
function normals(uniforms: Float32Array): Float32Array {
  const out = new Float32Array(uniforms.length);
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(Math.max(uniforms[i], 1e-7)));
    const angle = 2 * Math.PI * uniforms[i + 1];
    out[i] = radius * Math.sin(angle);
    out[i + 1] = radius * Math.cos(angle);
  }
  return out;
}

function halves(n: number): [number, number] {
  return [n % 2 ** 32, Math.floor(n / 2 ** 32)];
}

function checkWhole(name: string, n: number): void {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new RangeError(`key: ${name} must be a whole number of at least 0, got ${n}`);
}

function checkKey(name: string, key: Key): void {
  if (key.dtype !== 'int32' || key.rank !== 1 || key.shape[0] !== 2) {
    throw new TypeError(
      `${name}: key must be an int32 tensor of shape [2], as key() makes it, got ${key.dtype} [${key.shape}]`,
    );
  }
}

function checkShape(name: string, shape: readonly number[]): void {
  if (!shape.every((n) => Number.isInteger(n) && n >= 0))
    throw new RangeError(`${name}: shape must be a list of whole numbers, got [${shape}]`);
}
