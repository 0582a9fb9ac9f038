import type { tf } from '../backend/tf.js';
import type { Traffic, Workers } from './workers.js';

/** One process that trains with none: nothing is sent. */
export class Alone implements Workers {
  readonly task = 0;
  readonly of = 1;
  readonly traffic: Traffic = { sums: 0, bytes: 0, seconds: 0 };

  constructor(readonly addresses: readonly string[]) {}

  sum(vector: tf.Tensor1D): tf.Tensor1D {
    this.traffic.sums++;
    return vector.clone();
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }
}
