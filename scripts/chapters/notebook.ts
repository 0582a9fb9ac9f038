import { createHash } from 'node:crypto';
import { hostname, homedir, userInfo } from 'node:os';
import * as v from 'valibot';
import { readJson } from '../read-json.ts';
import { notebookMetadata } from '../kernel/language.mjs';

/** A Jupyter notebook's file (format 4.5), as far as it matters here. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export interface Cell {
  cell_type: 'code' | 'markdown' | 'raw';
  id?: string;
  metadata: Record<string, unknown>;
  source: string | string[];
  execution_count?: number | null;
  outputs?: Output[];
  attachments?: unknown;
}

export interface Output {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  execution_count?: number | null;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

const record = v.record(v.string(), v.unknown());
const Text = v.union([v.string(), v.array(v.string())]);
const NotebookFile = v.looseObject({
  cells: v.array(
    v.looseObject({
      cell_type: v.picklist(['code', 'markdown', 'raw']),
      metadata: record,
      source: Text,
      outputs: v.optional(
        v.array(
          v.looseObject({
            output_type: v.picklist(['stream', 'display_data', 'execute_result', 'error']),
            text: v.optional(Text),
            data: v.optional(record),
          }),
        ),
      ),
    }),
  ),
  metadata: record,
  nbformat: v.literal(4),
  nbformat_minor: v.number(),
});

/**
 * Reads a notebook.
 * @throws {Error} naming the file and what of it is not as a notebook has it
 */
export function readNotebook(file: string): Notebook {
  return readJson(file, NotebookFile);
}

const PLOTLY = 'application/vnd.plotly.v1+json';
/** A control that asks the kernel: where none runs, the other forms of the same output are shown. */
const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** The text of a cell or an output, which files keep whole or in lines. */
export function text(parts: string | string[] | undefined): string {
  return Array.isArray(parts) ? parts.join('') : (parts ?? '');
}

/**
 * The notebook `before` with the outputs of `after`, which is the same notebook once it has run. Everything else is
 * taken from `before` and made regular, so that a difference between two runs is a difference between their outputs.
 * @throws {Error} when the two have not the same cells
 */
export function withOutputs(before: Notebook, after: Notebook): Notebook {
  if (
    before.cells.length !== after.cells.length ||
    before.cells.some((cell, i) => text(cell.source) !== text(after.cells[i].source))
  ) {
    throw new Error('the notebook that was saved has not the cells of the one that was opened');
  }
  let count = 0;
  const cells = before.cells.map((cell, i): Cell => {
    const metadata = { ...cell.metadata };
    delete metadata.execution; // when it ran
    const common = { cell_type: cell.cell_type, id: cell.id ?? idFor(text(cell.source), i), metadata };
    const source = lines(text(cell.source));
    if (cell.cell_type !== 'code')
      return { ...common, ...(cell.attachments ? { attachments: cell.attachments } : {}), source };
    const ran = after.cells[i].execution_count ? ++count : null;
    return { ...common, execution_count: ran, outputs: regularOutputs(after.cells[i].outputs ?? [], ran), source };
  });
  return {
    cells,
    metadata: notebookMetadata(),
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** The notebook as text: keys in a fixed order, one space of indent as Jupyter writes it. */
export function serialize(notebook: Notebook): string {
  return `${JSON.stringify(sorted(notebook), null, 1)}\n`;
}

/** The outputs that hold a plotly figure. */
export function figuresOf(notebook: Notebook): { figure: object; data: Record<string, unknown> }[] {
  return notebook.cells
    .flatMap((cell) => cell.outputs ?? [])
    .flatMap(({ data }) => (data?.[PLOTLY] ? [{ figure: data[PLOTLY] as object, data }] : []));
}

/**
 * What keeps a notebook from being published, one line each: cells that failed or never ran, and traces of this
 * machine.
 */
export function faults(notebook: Notebook, folders: string[]): string[] {
  const found: string[] = [];
  let number = 0;
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code' || !text(cell.source).trim()) continue;
    number++;
    const where = `code cell ${number} (${text(cell.source).trim().split('\n')[0].slice(0, 60)})`;
    if (!cell.execution_count) found.push(`${where} was not run`);
    for (const output of cell.outputs ?? []) {
      if (output.output_type === 'error') found.push(`${where}: ${output.ename}: ${output.evalue}`);
      if (output.name === 'stderr' && /Unhandled rejection|Uncaught exception/.test(text(output.text)))
        found.push(`${where}: ${text(output.text).trim()}`);
      for (const trace of tracesOf(output, folders)) found.push(`${where}: the output names ${trace}`);
    }
  }
  if (!number) found.push('it has no code cell');
  return found;
}

/** Paths of this machine, and names of its own or of its user, in what an output says. */
function tracesOf({ text: stream, data = {} }: Output, folders: string[]): string[] {
  const said = [
    text(stream),
    ...Object.entries(data)
      .filter(([type]) => !type.startsWith('image/'))
      .map(([, content]) => (typeof content === 'string' ? content : JSON.stringify(content))),
  ].join('\n');
  const { username } = userInfo();
  const paths = [...folders, homedir()].filter((folder) => folder.length > 1 && said.includes(folder));
  const homes = /(?:\/home\/|\/Users\/|\/root\/|\/tmp\/|[A-Z]:\\Users\\)[\w.-]+/.exec(said)?.[0];
  const names = [username, hostname()].filter(
    (name) => name.length > 4 && new RegExp(`\\b${name.replaceAll(/[^\w]/g, '\\$&')}\\b`).test(said),
  );
  return [...new Set([...paths, ...(homes ? [homes] : []), ...names])].map((trace) => `'${trace}'`);
}

function regularOutputs(outputs: Output[], count: number | null): Output[] {
  const regular: Output[] = [];
  for (const output of outputs) {
    const last = regular[regular.length - 1];
    if (output.output_type === 'stream') {
      // one output for what was printed in a row, however it was split on the way
      if (last?.output_type === 'stream' && last.name === output.name)
        last.text = lines(text(last.text) + text(output.text));
      else regular.push({ output_type: 'stream', name: output.name, text: lines(text(output.text)) });
    } else {
      const { [WIDGET]: _, ...data } = output.data ?? {};
      regular.push({
        ...output,
        ...(output.data && { data }),
        ...(output.output_type === 'execute_result' && { execution_count: count }),
      });
    }
  }
  return regular;
}

/** Text in lines, each with its end, as Jupyter keeps it. */
function lines(whole: string): string[] {
  return whole.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function idFor(source: string, position: number): string {
  return createHash('sha256').update(`${position}:${source}`).digest('hex').slice(0, 8);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, v]) => [key, sorted(v)]),
  );
}
