import { float32, nativeOp } from '../backend/native-op.js';
import { tf } from '../backend/tf.js';
import type { Traffic, Workers } from './workers.js';

/** Thrown where another process is gone, or has not come in time: what they did together cannot go on. */
export class WorkerLost extends Error {
  /**
   * What a sum throws.
   * @param message which process, and what became of it
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkerLost';
  }
}

/** What lib/native/workers.cc is asked for. */
const asked = { isJoined: 0, watch: 1, findOut: 2, stopWatching: 3 } as const;

/** Several processes, through TensorFlow's collective operations. */
export class Cluster implements Workers {
  readonly addresses: readonly string[];
  readonly task: number;
  readonly traffic: Traffic = { sums: 0, bytes: 0, seconds: 0 };
  readonly #timeout: number;
  /** A number for each length of a vector: all give the lengths in the same order. */
  readonly #keys = new Map<number, number>();
  #hasLeft = false;

  private constructor({ addresses, task, timeout }: { addresses: readonly string[]; task: number; timeout: number }) {
    this.addresses = addresses;
    this.task = task;
    this.#timeout = timeout;
  }

  /**
   * What TensorFlow has begun when it was loaded.
   * @throws {Error} when it could not
   */
  static begin(options: { addresses: readonly string[]; task: number; timeout: number }): Cluster {
    const { addresses, task } = options;
    try {
      ask('isJoined');
    } catch (error) {
      throw new Error(`join: worker ${task} cannot listen at ${addresses[task]}: ${reasonOf(error)}`, { cause: error });
    }
    return new Cluster(options);
  }

  get of(): number {
    return this.addresses.length;
  }

  /** Waits until all have come here, and then watches that they stay. */
  meet(): void {
    this.#comeTogether();
    ask('watch');
  }

  sum(vector: tf.Tensor1D): tf.Tensor1D {
    if (this.#hasLeft) throw new Error('sum: this process has left the others');
    const begun = performance.now();
    try {
      return this.#add(vector);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.traffic.sums++;
      this.traffic.bytes += (2 * (this.of - 1) * vector.size * 4) / this.of;
      this.traffic.seconds += (performance.now() - begun) / 1000;
    }
  }

  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#comeTogether();
    this.#hasLeft = true;
    ask('stopWatching');
    try {
      // Nobody goes before all have stopped watching; and who is gone already has.
      tf.dispose(tf.tidy(() => this.#add(tf.zeros([1]))));
    } catch {
      // It had nothing else to say.
    }
  }

  #comeTogether(): void {
    tf.dispose(tf.tidy(() => this.sum(tf.zeros([1]))));
  }

  #add(vector: tf.Tensor1D): tf.Tensor1D {
    const key = this.#keys.get(vector.size) ?? this.#keys.size + 1;
    this.#keys.set(vector.size, key);
    return tf.tidy(() => {
      const numbers = [this.of, 1, key].map((n) => tf.scalar(n, 'int32')); // members, their group, this sum
      return nativeOp<tf.Rank.R1>('CollectiveReduceV2', [vector, ...numbers], {
        T: float32,
        merge_op: 'Add',
        final_op: 'Id',
        communication_hint: 'ring',
        timeout_seconds: { float: this.#timeout },
        Nordering_token: 0,
        max_subdivs_per_device: -1,
      });
    });
  }

  /** Which of the others it was: TensorFlow only says that a connection is broken. */
  #explain(error: unknown): Error {
    try {
      ask('findOut');
    } catch (found) {
      return new WorkerLost(`${reasonOf(found)}; its own output says why, if it could`, { cause: error });
    }
    const reason = reasonOf(error);
    return new WorkerLost(
      /deadline|timeout|timed out/i.test(reason)
        ? `the workers have not come to the same point within ${this.#timeout} s, though all of them answer`
        : `the workers cannot go on together: ${reason}`,
      { cause: error },
    );
  }
}

function ask(what: keyof typeof asked): void {
  tf.dispose(nativeOp('NaiveDiffusionWorkers', [], { what: asked[what] }));
}

/** What TensorFlow says, without its number, its remarks on the way there, and what gRPC appends. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return message.replace(/^Invalid TF_Status: \d+\nMessage: /, '').split('\n', 1)[0];
}
