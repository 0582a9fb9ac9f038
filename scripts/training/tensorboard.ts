/** What TensorBoard shows of a training run. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { describeBackend, tf } from 'naive-diffusion';

/** Steps between two points of a curve. */
const EVERY = 10;

/** What is used of TensorFlow.js's writer of event files. */
interface Writer {
  scalar(name: string, value: number, step: number): void;
  flush(): void;
}

/**
 * Refuses curves where nothing can write them.
 * @throws {Error} without TensorFlow's own library
 */
export function checkBoard(): void {
  if (tf.getBackend() !== 'tensorflow')
    throw new Error(`train: --tensorboard needs TensorFlow's own library; here is ${describeBackend()}`);
}

/** Writes the curves of a run as an event file: `loss`, `rate` and `steps per second`. */
export class Board {
  readonly #writer: Writer;
  #since: { step: number; at: number };

  /**
   * Opens an event file; its folder is made where it is not there.
   * @param folder TensorBoard shows each folder as a run of its own
   * @param from the step that the run begins at, or goes on from
   * @throws {Error} without TensorFlow's own library, which writes it
   */
  constructor(folder: string, from: number) {
    checkBoard();
    const { node } = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as {
      node: { summaryFileWriter(folder: string): Writer };
    };
    this.#writer = node.summaryFileWriter(path.resolve(folder));
    this.#since = { step: from, at: performance.now() };
  }

  /** Whether this step is one that is written. */
  wants(step: number): boolean {
    return step % EVERY === 0;
  }

  /**
   * Writes a point of each curve.
   * @param rate that of Adam's next step, before warm-up
   */
  write(step: number, { loss, rate }: { loss: number; rate: number }): void {
    const now = performance.now();
    const speed = (1000 * (step - this.#since.step)) / (now - this.#since.at);
    this.#since = { step, at: now };
    for (const [name, value] of Object.entries({ loss, rate, 'steps per second': speed }))
      this.#writer.scalar(name, value, step);
    this.#writer.flush(); // so that a run can be looked at while it goes on, and after it was killed
  }
}
