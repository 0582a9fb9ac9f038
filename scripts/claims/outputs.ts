// What claims can read: the outputs of a notebook's cells, tables of a Markdown file, and files with measurements.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { readJson } from '../read-json.js';
import { Figure, type PlotlyFigure } from './figure.js';
import { numbersIn } from './numbers.js';
import { tablesIn, type Table } from './table.js';

const root = resolve(import.meta.dirname, '..', '..');

/** The parts of a notebook file that are read here. */
export interface NotebookFile {
  cells: Cell[];
}
interface Cell {
  cell_type: string;
  source: string | string[];
  outputs?: Output[];
}
interface Output {
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
}

const joined = (text: unknown): string =>
  Array.isArray(text) ? text.map(String).join('') : ((text as string | undefined) ?? '');
const code = (cell: Cell): string => joined(cell.source).replace(/\s+/g, ' ');

export class Outputs {
  /** @param notebook a notebook as its file holds it; without cells where a document has no outputs of its own */
  constructor(private readonly notebook: NotebookFile = { cells: [] }) {}

  /** A number in the one printed line that has a phrase: the first one after it, if not told otherwise. */
  number(phrase: string | RegExp, index = 0): number {
    const numbers = this.numbers(phrase);
    const value = numbers.at(index);
    if (value === undefined) throw new Error(`after ${phrase} only ${numbers.length} numbers are printed`);
    return value;
  }

  /** All numbers after a phrase in the one printed line that has it. @throws Error if none has it, or several */
  numbers(phrase: string | RegExp): number[] {
    const found = this.every(phrase);
    if (found.length !== 1) throw new Error(`${found.length} printed lines have ${phrase}, expected one`);
    return found[0];
  }

  /** The numbers after a phrase in each printed line that has it. @throws Error if none has it */
  every(phrase: string | RegExp): number[][] {
    const found = this.lines().flatMap((line) => {
      const rest = after(line, phrase);
      return rest === undefined ? [] : [numbersIn(rest)];
    });
    if (!found.length) throw new Error(`no printed line has ${phrase}`);
    return found;
  }

  /** The figure of this name, as its title begins: 'Figure 1.3'. @throws Error if there is none */
  figure(name: string): Figure {
    const figures = this.data('application/vnd.plotly.v1+json').map((data) => new Figure(data as PlotlyFigure));
    const found = figures.filter((figure) => figure.words.startsWith(`${name} ·`));
    if (found.length !== 1) throw new Error(`${found.length} figures have a title that begins with "${name} ·"`);
    return found[0];
  }

  /** A table in the outputs of the one cell whose code has a fragment. @throws Error if there is none */
  table(fragment: string, index = 0): Table {
    const { outputs } = this.cell(fragment);
    const markdown = (outputs ?? []).map((output) => joined(output.data?.['text/markdown'])).join('\n\n');
    const table = tablesIn(markdown, `the cell with "${fragment}"`).at(index);
    if (!table) throw new Error(`the cell with "${fragment}" has no table ${index + 1} in its outputs`);
    return table;
  }

  /** A number in the code, right after a fragment: a dial that no output shows. @throws Error if it is not there */
  dial(fragment: string, index = 0): number {
    const value = numbersIn(after(code(this.cell(fragment)), fragment)!.replaceAll('_', '')).at(index);
    if (value === undefined) throw new Error(`the code has no number after "${fragment}"`);
    return value;
  }

  /** The one cell whose code, in one line, has a fragment. */
  private cell(fragment: string): Cell {
    const found = this.code().filter((cell) => code(cell).includes(fragment));
    if (found.length !== 1) throw new Error(`${found.length} cells have "${fragment}" in their code, expected one`);
    return found[0];
  }

  private code(): Cell[] {
    return this.notebook.cells.filter((cell) => cell.cell_type === 'code');
  }

  private data(type: string): unknown[] {
    return this.code().flatMap((cell) =>
      (cell.outputs ?? []).flatMap((output) => (output.data?.[type] ? [output.data[type]] : [])),
    );
  }

  /** All lines printed, and the one line with which a progress bar ends. */
  private lines(): string[] {
    const texts = this.code().flatMap((cell) =>
      (cell.outputs ?? []).map((output) => joined(output.text ?? output.data?.['text/plain'])),
    );
    return texts.flatMap((text) => text.split('\n'));
  }
}

/** A file with measurements, in JSON. */
export class Json {
  /** @param place words for errors: where in which file the value stands */
  private constructor(
    private readonly value: unknown,
    private readonly place: string,
  ) {}

  /** @param file from the root of the repository: 'data/results/naive-digits.json' */
  static read(file: string): Json {
    return new Json(readJson(resolve(root, file), v.unknown()), file);
  }

  /** The number at a path: 'evaluation.likeness.recall'. @throws Error if there is none */
  number(path: string): number {
    const { value } = this.at(path);
    if (typeof value !== 'number') throw new Error(`${this.place} has no number at ${path}`);
    return value;
  }

  /** What is at a path. @throws Error if there is nothing */
  at(path: string): Json {
    let value = this.value;
    for (const part of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part];
    if (value === undefined) throw new Error(`${this.place} has nothing at ${path}`);
    return new Json(value, `${this.place}, ${path}`);
  }

  /** The elements of a list that have these properties. @throws Error if there are none */
  all(having: Record<string, unknown>): Json[] {
    const wanted = Object.entries(having);
    const found = (this.value as Record<string, unknown>[]).filter((element) =>
      wanted.every(([key, value]) => element[key] === value),
    );
    if (!found.length) throw new Error(`${this.place} has no element with ${JSON.stringify(having)}`);
    return found.map((element) => new Json(element, `${this.place}, ${JSON.stringify(having)}`));
  }

  /** The only element of a list that has these properties. @throws Error if there is none, or several */
  one(having: Record<string, unknown>): Json {
    const found = this.all(having);
    if (found.length > 1) throw new Error(`${this.place} has ${found.length} elements with ${JSON.stringify(having)}`);
    return found[0];
  }
}

/** The outputs of another notebook, for a sentence that speaks of them. @param name as '07-measuring' */
export function notebook(name: string): Outputs {
  return new Outputs(readJson(resolve(root, 'notebooks', `${name}.ipynb`), v.unknown()) as NotebookFile);
}

/** A table of a Markdown file, by the heading of its first columns. @throws Error if there is none, or several */
export function tableOf(file: string, headings: string): Table {
  const tables = tablesIn(readFileSync(resolve(root, file), 'utf8'), file);
  const found = tables.filter((table) => table.headings.join(' | ').startsWith(headings));
  if (found.length !== 1) throw new Error(`${file} has ${found.length} tables that begin with "${headings}"`);
  return found[0];
}

function after(text: string, phrase: string | RegExp): string | undefined {
  if (phrase instanceof RegExp) {
    const match = phrase.exec(text);
    return match ? text.slice(match.index + match[0].length) : undefined;
  }
  const at = text.indexOf(phrase);
  return at < 0 ? undefined : text.slice(at + phrase.length);
}
