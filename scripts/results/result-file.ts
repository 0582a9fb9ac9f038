import { existsSync } from 'node:fs';
import os from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { dataPath, describeBackend, writeWhole } from 'naive-diffusion';
import { parseJson, readJson } from '../read-json.ts';

/** What a result file must hold, so that its rows can be kept. */
const ResultsFile = v.looseObject({
  machine: v.string(),
  backend: v.string(),
  rows: v.array(v.looseObject({})),
});

/** What makes a row what it is: of another model, from another seed or with other options it is another measurement. */
export interface Origin {
  /** The name of the model, and the hash of its file. */
  checkpoint: string;
  sha256: string;
  seed: number;
  /** Every number that the measurement depends on, as plain data. */
  options: object;
}

/** What every result file of `scripts/results` says of itself. */
interface Results<Row> {
  kind: string;
  command: string;
  seed: number;
  machine: string;
  backend: string;
  rows: Row[];
}

/**
 * A result file that grows row by row, so that a run that was killed goes on where it was. A row is kept as long as it
 * has the origin that is wanted; one that has another is measured again, and the new row takes its place.
 */
export class ResultFile<Row extends Origin, Name extends keyof Row = keyof Row> {
  readonly #file: string;
  readonly #about: Omit<Results<Row>, 'rows'>;
  readonly #names: readonly Name[];
  readonly #rows: Row[];

  /**
   * @param name what it is called in `data/results`
   * @param about.command what writes it, and the seed of it
   * @param about.names the fields that say what a row has measured: there is one row for each
   */
  constructor(name: string, { command, seed, names }: { command: string; seed: number; names: readonly Name[] }) {
    this.#file = dataPath('results', `${name}.json`);
    this.#names = names;
    const machine = `${os.cpus()[0].model}, ${os.availableParallelism()} cores`;
    this.#about = { kind: name, command, seed, machine, backend: describeBackend() };
    this.#rows = existsSync(this.#file) ? this.#read() : [];
  }

  /** The rows that are there. What the file said of their machine is said in each of them where this one is another. */
  #read(): Row[] {
    const { machine, backend, rows } = readJson(this.#file, ResultsFile);
    const isHere = machine === this.#about.machine && backend === this.#about.backend;
    return rows.map((row) => (isHere ? row : { machine, backend, ...row })) as unknown as Row[];
  }

  /** Of what is wanted, what is still to be measured: it has no row, or one of another origin. */
  missing<Job extends Pick<Row, Name> & Origin>(jobs: readonly Job[]): Job[] {
    return jobs.filter((job) => {
      const row = this.#rows[this.#find(job)];
      return !row || !isDeepStrictEqual(originOf(row), originOf(job));
    });
  }

  /** Puts `row` in the place of the one that measured the same thing, or at the end, and writes the file. */
  put(row: Row): void {
    const place = this.#find(row);
    if (place < 0) this.#rows.push(row);
    else this.#rows[place] = row;
    writeWhole('results', this.#file, `${written({ ...this.#about, rows: this.#rows })}\n`);
  }

  #find(job: Pick<Row, Name>): number {
    return this.#rows.findIndex((row) => this.#names.every((name) => row[name] === job[name]));
  }
}

/** The origin as it reads once it has been written. */
function originOf({ checkpoint, sha256, seed, options }: Origin): unknown {
  return parseJson(written({ checkpoint, sha256, seed, options }), v.unknown(), 'the origin');
}

/** Numbers to five digits. */
function written(value: object): string {
  const rounded = (_: string, v: unknown) =>
    typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(5)) : v;
  return JSON.stringify(value, rounded, 1);
}
