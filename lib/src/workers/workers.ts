import type { Share } from '../backend/share.js';
import type { tf } from '../backend/tf.js';

/** What has gone between this process and the others so far. */
export interface Traffic {
  /** How many vectors have been added up. */
  sums: number;
  /** Bytes that this process has sent of them, and received as many: in a ring of n, 2·(n − 1)/n of each vector. */
  bytes: number;
  /** Seconds that it has waited for the sums: for the slowest to come, and for what is sent. */
  seconds: number;
}

/**
 * The processes that train a model together, as one of them sees them: what `join()` of `naive-diffusion/workers`
 * gives.
 */
export interface Workers extends Share {
  /** Which of them this process is, from 0. */
  readonly task: number;
  /** How many they are. */
  readonly of: number;
  /** Where each of them listens. */
  readonly addresses: readonly string[];
  /** What has been sent so far. */
  readonly traffic: Readonly<Traffic>;
  /**
   * The sum of the vectors that all processes give, which must call this equally often, with vectors of equal length.
   * It is the same in all of them, bit for bit. This process does nothing else until all have come.
   * @param vector stays the caller's
   * @returns the sum; the caller disposes of it
   * @throws {WorkerLost} naming the process that is gone, or that has not come in time
   */
  sum(vector: tf.Tensor1D): tf.Tensor1D;
  /**
   * Ends the work with the others, when all of them do. No sum can be had afterwards.
   * @throws {WorkerLost} when one of them is gone before
   */
  leave(): Promise<void>;
}
