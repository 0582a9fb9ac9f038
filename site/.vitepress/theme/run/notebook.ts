/** A chapter that runs in its page. */
import { reactive } from 'vue';
import { Cell } from './cell';
import { Ended, Session } from './session';

/** What the bar of a running chapter shows. */
export interface Progress {
  /** Whether a cell runs, or waits to. */
  busy: boolean;
  /** How many cells of the round have ended, and how many it has. */
  ended: number;
  all: number;
  /** Why nothing can run, if so. */
  trouble?: string;
  /** Whether a stop was asked for that has not come yet. */
  stopping: boolean;
}

export class RunningNotebook {
  readonly progress: Progress = reactive({ busy: false, ended: 0, all: 0, stopping: false });
  readonly cells: Cell[];
  readonly #start: () => Session;
  #session: Session;
  #queue: Cell[] = [];

  /**
   * Makes the cells below an element runnable.
   * @param start starts a session
   */
  constructor(page: ParentNode, start: () => Session) {
    this.#start = start;
    this.#session = start();
    this.cells = Array.from(page.querySelectorAll<HTMLElement>('.cell'), (element) => {
      const cell: Cell = new Cell(element, () => this.run(cell));
      return cell;
    });
  }

  /** Runs all cells, one after another, until one fails. */
  runAll(): void {
    this.#enqueue(this.cells);
  }

  /** Runs a cell, after those that wait already. */
  run(cell: Cell): void {
    this.#enqueue([cell]);
  }

  /** Lets the step in progress end, and runs nothing after it. */
  stop(): void {
    this.#forget();
    if (!this.progress.busy) return;
    this.progress.stopping = true;
    this.#session.stop();
  }

  /** Begins anew, with nothing computed; programs and outputs stay. */
  restart(): void {
    this.#forget();
    this.#session.end();
    this.#session = this.#start();
    this.progress.trouble = undefined;
    for (const cell of this.cells) cell.state = 'idle';
  }

  /** Makes the page as it was before. */
  remove(): void {
    this.#forget();
    this.#session.end();
    for (const cell of this.cells) cell.remove();
  }

  #forget(): void {
    for (const cell of this.#queue.splice(0)) cell.state = 'idle';
  }

  #enqueue(cells: readonly Cell[]): void {
    const fresh = cells.filter((cell) => !this.#queue.includes(cell));
    for (const cell of fresh) cell.state = 'waiting';
    this.#queue.push(...fresh);
    if (this.progress.busy) {
      this.progress.all += fresh.length;
      return;
    }
    Object.assign(this.progress, { busy: true, ended: 0, all: fresh.length, trouble: undefined });
    void this.#work().finally(() => {
      this.progress.busy = false;
      this.progress.stopping = false;
    });
  }

  async #work(): Promise<void> {
    for (let cell = this.#queue.shift(); cell; cell = this.#queue.shift()) {
      const session = this.#session;
      try {
        if (!(await this.#runOne(cell, session))) this.#forget();
      } catch (error) {
        cell.state = 'idle';
        this.#forget();
        if (!(error instanceof Ended)) this.progress.trouble = (error as Error).message;
        return;
      }
      this.progress.ended++;
    }
  }

  /** Returns whether the cell came to its end. */
  async #runOne(cell: Cell, session: Session): Promise<boolean> {
    cell.begin();
    cell.state = 'running';
    const fault = await session.run(cell.id, cell.source, cell.outputs);
    cell.state = fault ? 'failed' : 'done';
    if (fault) {
      cell.unfold();
      cell.fail(fault);
    }
    return fault === undefined;
  }
}
