import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { dataPath, describeBackend, type Network, pretrained, writeWhole } from 'naive-diffusion';

/** A trained model by name, with what tells it apart from a later one of the same name. */
export async function openModel(
  name: string,
): Promise<{ network: Network; checkpoint: string; sha256: string; steps: number }> {
  const { network, notes } = await pretrained(name);
  return { network, checkpoint: name, sha256: hashOf(name), steps: notes.steps as number };
}

/** The sha256 of a trained model's file. */
export function hashOf(name: string): string {
  return createHash('sha256')
    .update(readFileSync(dataPath('checkpoints', `${name}.safetensors`)))
    .digest('hex');
}

/** What every result file of `scripts/results` says of itself. */
export interface Results<Row> {
  kind: string;
  command: string;
  seed: number;
  machine: string;
  backend: string;
  rows: Row[];
}

/** A result file that grows row by row: an earlier run's rows are kept, and a row of the same key is replaced. */
export class ResultFile<Row extends object> {
  readonly #file: string;
  readonly #about: Omit<Results<Row>, 'rows'>;
  #rows: Row[];

  constructor(name: string, about: { command: string; seed: number }) {
    this.#file = dataPath('results', `${name}.json`);
    this.#about = {
      kind: name,
      ...about,
      machine: `${os.cpus()[0].model}, ${os.availableParallelism()} cores`,
      backend: describeBackend(),
    };
    this.#rows = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Results<Row>).rows : [];
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Puts `row` in the place of the rows that `same` says are the same thing measured, and writes the file. */
  put(row: Row, same: (other: Row) => boolean): void {
    this.#rows = [...this.#rows.filter((other) => !same(other)), row];
    const rounded = (_: string, v: unknown) =>
      typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(5)) : v;
    writeWhole('results', this.#file, `${JSON.stringify({ ...this.#about, rows: this.#rows }, rounded, 1)}\n`);
  }
}
