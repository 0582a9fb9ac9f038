/** What a page and the worker that runs its cells say to each other. */

/** What the page says. */
export type Order =
  /** The first: where the library finds what it needs. */
  | { kind: 'start'; settings: Record<string, string> }
  | { kind: 'run'; cell: string; source: string }
  /** Ends the loops of the library that are running, after the step that they are in. */
  | { kind: 'stop' };

/** What the worker says. */
export type News =
  | { kind: 'ready' }
  | { kind: 'printed'; cell: string; name: 'stdout' | 'stderr'; text: string }
  /** An output, or with `update` a new state of the one of the same `id`. */
  | { kind: 'shown'; cell: string; data: Record<string, unknown>; id?: string; update: boolean }
  | { kind: 'done'; cell: string }
  | { kind: 'failed'; cell: string; fault: Fault };

/** What went wrong in a cell. */
export interface Fault {
  /** `TypeError`, `SyntaxError`, … */
  name: string;
  message: string;
  /** Where in the cell's source, counted from 1; nothing where it cannot be said. */
  line?: number;
  /** Counted from 1; known where the cell is no TypeScript. */
  column?: number;
}
