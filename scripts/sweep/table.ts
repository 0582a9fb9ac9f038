import { existsSync, realpathSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as shlex from 'shlex';
import * as v from 'valibot';
import {
  type Column,
  dataPath,
  type EvaluationResult,
  resultColumns,
  resultTable,
  type SweepPoint,
  writeWhole,
} from 'naive-diffusion';
import { Mistake } from '../command-line.ts';
import { checkpointFile } from '../evaluation/checkpoints.ts';
import { readJson } from '../read-json.ts';
import { sha256Of } from '../sha256.ts';
import { definitionOf, resultFile } from './plan.ts';
import { type Code, type Point, sweptIn, wordFor } from './points.ts';

/** A point with its answers. */
export interface Row extends EvaluationResult {
  point: SweepPoint;
  /** What it was measured with; absent where nothing of that can be edited, and of rows that are older than this. */
  code?: Code;
}

/** What becomes of rows that were measured before their recipe was edited. */
export type Edited = 'again' | 'keep';

const Known = v.looseObject({
  name: v.string(),
  point: v.looseObject({ evaluate: v.looseObject({}) }),
  code: v.optional(v.record(v.string(), v.string())),
});
const TableFile = v.looseObject({ kind: v.literal('sweep'), rows: v.array(Known) });
const remedy = 'restore it, or begin again with --fresh';
const Answers = v.looseObject({ kind: v.literal('evaluation'), name: v.string() });

/** The table of a sweep, in `data/results/sweeps`, where `loadResults({ sweep })` reads it. */
export class Table {
  readonly file: string;
  readonly #about: { name: string; about: string; command: string };
  readonly #points: readonly Point[];
  readonly #rows = new Map<string, Row>();
  readonly #edited: Point[] = [];

  /**
   * Reads what is there, and writes nothing.
   * @param about.file of the sweep
   * @param points all of the sweep; rows of others are not kept
   * @param folder where the answers of points lie that an earlier run has not come to enter
   * @param isFresh forgets what was measured before
   * @param edited what becomes of rows whose recipe, or imported parts, were edited since: they stay, or not
   * @throws {Mistake} when the table by this name is that of another file
   */
  constructor(
    { name, about, file }: { name: string; about: string; file: string },
    points: readonly Point[],
    { folder, isFresh, edited = 'keep' }: { folder: string; isFresh: boolean; edited?: Edited },
  ) {
    this.#about = { name, about, command: `npm run sweep -- ${shlex.quote(file)}` };
    this.#points = points;
    this.file = dataPath('results', 'sweeps', `${name}.json`);
    checkName(this.file, file);
    if (isFresh) return;
    const before = existsSync(this.file) ? (readJson(this.file, TableFile, remedy).rows as unknown as Row[]) : [];
    for (const point of points) {
      const known = before.find((row) => row.name === point.name && isOf(row, point));
      const isEdited = known !== undefined && !isDeepStrictEqual(known.code ?? point.code, point.code);
      if (isEdited) this.#edited.push(point);
      if (known && !(isEdited && edited === 'again')) this.#rows.set(point.name, known);
      else if (existsSync(resultFile(folder, point))) this.#take(point, folder);
    }
  }

  /** The points without a row. */
  get open(): Point[] {
    return this.#points.filter(({ name }) => !this.#rows.has(name));
  }

  /** The points that were measured before their recipe, or parts that are imported, were edited. */
  get edited(): readonly Point[] {
    return this.#edited;
  }

  /** The points whose rows do not say what they were measured with. */
  get unsaid(): Point[] {
    return this.#points.filter(({ name, code }) => code && this.#rows.has(name) && !this.#rows.get(name)!.code);
  }

  /** The rows, in the order of the points. */
  get rows(): Row[] {
    return this.#points.flatMap(({ name }) => this.#rows.get(name) ?? []);
  }

  /**
   * Puts in the answers of a point, and writes the table.
   * @returns false, and nothing is put in, where they are of another model than is asked for
   */
  enter(point: Point, folder: string): boolean {
    const isTaken = this.#take(point, folder);
    if (isTaken) this.write();
    return isTaken;
  }

  /** Puts in the answers of a point, and says whether they are of the model that is asked for. */
  #take(point: Point, folder: string): boolean {
    const answers = readJson(resultFile(folder, point), Answers, remedy) as unknown as EvaluationResult;
    const { code } = point;
    const row: Row = { ...answers, point: definitionOf(point), ...(code && { code }) };
    if (!isOf(row, point)) return false;
    this.#rows.set(point.name, row);
    return true;
  }

  write(): void {
    const { name, about, command } = this.#about;
    const table = { kind: 'sweep', name, about, command, rows: this.rows };
    writeWhole('sweep', this.file, `${JSON.stringify(table, null, 1)}\n`);
  }

  /** As chapter 7's tables, with what was swept before the numbers, and after them what they were measured with. */
  markdown(): string {
    const swept = sweptIn(this.#points).map((place): Column => [
      wordFor(place),
      ({ name }) => String(this.#points.find((point) => point.name === name)!.variables[place] ?? ''),
    ]);
    const origin: Column[] = [
      ['sha256 of the model', ({ sha256 }) => sha256?.slice(0, 12) ?? ''],
      ['trained by', ({ training }) => code(training?.command)],
      ['evaluated by', ({ command }) => code(command)],
    ];
    return resultTable(this.rows, [...swept, ...Object.values(resultColumns).flat(), ...origin]);
  }
}

/** Two files of one name, in two folders, would write one table in turns. One that is gone has only moved. */
function checkName(table: string, file: string): void {
  const other = sweepOf(table);
  if (other === undefined || !existsSync(other) || realpathSync(other) === realpathSync(file)) return;
  throw new Mistake(`sweep: ${table} is the table of ${other}; call ${file} by a name that no other sweep has`);
}

/** The sweep's file that a table says it is of, if it is there and says any. */
function sweepOf(table: string): string | undefined {
  try {
    return shlex.split(readJson(table, v.looseObject({ command: v.string() })).command).at(-1);
  } catch {
    return undefined; // what is wrong with it is told where its rows are read
  }
}

/** A command as a cell of a table, which a bar would end. */
function code(command: string | undefined): string {
  return command ? `\`${command.replaceAll('|', '\\|')}\`` : '';
}

/** Whether a row has measured what is asked for; of a model that is there already, that model. */
function isOf(row: Row, point: Point): boolean {
  const options = row.point.options && { ...point.usual, ...row.point.options };
  const isSame = isDeepStrictEqual(definitionOf({ ...row.point, options }), definitionOf(point));
  return isSame && (point.checkpoint === undefined || row.sha256 === sha256Of(checkpointFile(point.checkpoint)));
}
