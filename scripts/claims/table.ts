// Tables in Markdown, read by the first words of a row and the heading of a column.
import { numbersIn } from './numbers.js';

export class Table {
  readonly headings: string[];
  private readonly rows: string[][];

  /** @param where words for errors: where the table stands */
  constructor(
    lines: string[],
    private readonly where: string,
  ) {
    const [head, , ...rows] = lines.map((line) =>
      line
        .trim()
        .replace(/^\||\|$/g, '')
        .split('|'),
    );
    this.headings = head.map((cell) => cell.trim());
    this.rows = rows.map((cells) => cells.map((cell) => cell.trim()));
  }

  /** The first cells of all rows. */
  get names(): string[] {
    return this.rows.map(([first]) => first);
  }

  /**
   * The text of a cell. `row` is the first cell of its row, or its first two, joined by ' · '. @throws Error if absent
   */
  text(row: string, column: string): string {
    const at = this.columnAt(column);
    const found = this.rows.filter(([first, second]) => first === row || `${first} · ${second}` === row);
    if (found.length !== 1)
      throw new Error(`${this.where} has ${found.length} rows "${row}"; its rows are ${this.names.join(', ')}`);
    return found[0][at];
  }

  /** A number in a cell, the first one if not told otherwise. @throws Error if there is none */
  number(row: string, column: string, index = 0): number {
    const text = this.text(row, column);
    const value = numbersIn(text).at(index);
    if (value === undefined) throw new Error(`${this.where}, ${row}, ${column}: no number ${index + 1} in "${text}"`);
    return value;
  }

  /** The first number of each cell in a column, from top to bottom; cells without one are left out. */
  column(column: string): number[] {
    const at = this.columnAt(column);
    return this.rows.flatMap((cells) => numbersIn(cells[at]).slice(0, 1));
  }

  private columnAt(column: string): number {
    const at = this.headings.indexOf(column);
    if (at < 0) throw new Error(`${this.where} has no column "${column}"; it has ${this.headings.join(', ')}`);
    return at;
  }
}

/** All tables of a Markdown text, in order. */
export function tablesIn(markdown: string, where: string): Table[] {
  const blocks = markdown.match(/(?:^[ \t]*\|.*\|[ \t]*$\n?)+/gm) ?? [];
  return blocks.map((block, i) => new Table(block.trim().split('\n'), `table ${i + 1} of ${where}`));
}
