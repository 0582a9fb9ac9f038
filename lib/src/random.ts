import { tf } from './backend/tf.js';
import { philox } from './backend/philox.js';
import type { Key } from './types.js';

/**
 * A seeded stream of random numbers for decisions made in JavaScript: shuffling, choosing, making keys for draws on
 * tensors. Counter-based (Philox4x32-10, Salmon et al. 2011): the n-th number depends on the seed and n alone, so
 * `state` is all that it takes to go on later.
 */
export class Random {
  readonly #seed: number;
  #count: number;

  /**
   * @param seed a whole number from 0 to 2^53 − 1, or the `state` of another stream
   * @throws {RangeError} when the seed is not such a number
   */
  constructor(seed: number | { seed: number; count: number }) {
    const { seed: s, count } = typeof seed === 'number' ? { seed, count: 0 } : seed;
    if (!Number.isSafeInteger(s) || s < 0)
      throw new RangeError(`Random: seed must be a whole number of at least 0, got ${s}`);
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`Random: count must be a whole number of at least 0, got ${count}`);
    this.#seed = s;
    this.#count = count;
  }

  /** The seed, and how many numbers have been drawn: `new Random(state)` goes on from here. */
  get state(): { seed: number; count: number } {
    return { seed: this.#seed, count: this.#count };
  }

  /** A number from [0, 1), with 53 random bits. */
  uniform(): number {
    const [a, b] = this.#draw();
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
  }

  /** A whole number from 0 to n − 1. */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`int: n must be a whole number of at least 1, got ${n}`);
    return Math.floor(this.uniform() * n);
  }

  /** A number from the standard normal distribution (Box and Muller 1958). */
  normal(): number {
    const [a, b] = this.#draw();
    return Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32)) * Math.cos((2 * Math.PI * b) / 2 ** 32);
  }

  /** The numbers 0 to n − 1 in random order (Fisher and Yates). */
  shuffle(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }

  /** The seed of a draw on tensors. The caller disposes of it. */
  key(): Key {
    const [a, b] = this.#draw();
    return tf.tensor1d([a | 0, b | 0], 'int32');
  }

  #draw(): readonly [number, number, number, number] | Uint32Array {
    const n = this.#count++;
    return philox([this.#seed >>> 0, Math.floor(this.#seed / 2 ** 32)], [n >>> 0, Math.floor(n / 2 ** 32), 0, 0]);
  }
}
