import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { type Images, toBytes } from 'naive-diffusion';

/** The samples of one row on their way, batch by batch in a file, so that a run that was killed goes on with it. */
export class Unfinished {
  readonly #file: string;
  readonly #size: number;
  readonly #wanted: number;

  /**
   * @param name of the measurement
   * @param job what tells the row apart from others
   */
  constructor(name: string, job: object, { batches, batchSize }: { batches: number; batchSize: number }) {
    const id = createHash('sha256').update(JSON.stringify(job)).digest('hex').slice(0, 16);
    this.#file = path.join('runs', name, `${id}.bytes`);
    this.#wanted = batches;
    this.#size = batchSize * 32 * 32 * 3;
    mkdirSync(path.dirname(this.#file), { recursive: true });
    if (existsSync(this.#file)) truncateSync(this.#file, this.batches * this.#size); // of a batch that was cut off
  }

  /** How many batches are there. */
  get batches(): number {
    return existsSync(this.#file) ? Math.floor(statSync(this.#file).size / this.#size) : 0;
  }

  /** All pixels, after those batches that are missing have been made: `make(n)` makes batch n. */
  async complete(make: (batch: number) => Promise<Images>): Promise<Uint8Array> {
    while (this.batches < this.#wanted) {
      const batch = await make(this.batches);
      appendFileSync(this.#file, toBytes(batch));
      batch.dispose();
    }
    return new Uint8Array(readFileSync(this.#file));
  }

  remove(): void {
    rmSync(this.#file);
  }
}
