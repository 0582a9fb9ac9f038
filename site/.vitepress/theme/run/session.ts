/** A worker that runs the cells of a page, as the page sees it. */
import type { Fault, News, Order } from '../../../run/protocol';

/** What a cell does while it runs. */
export interface Listener {
  printed(name: 'stdout' | 'stderr', text: string): void;
  /** An output; one that has an `id` replaces the one of that `id` where `update` is true. */
  shown(data: Record<string, unknown>, id: string | undefined, update: boolean): void;
}

/** The worker ended before the cell did. */
export class Ended extends Error {}

export class Session {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  /** Of each cell that has run: outputs may come after its end. */
  readonly #listeners = new Map<string, Listener>();
  #finish?: (fault?: Fault) => void;
  #fail?: (error: Error) => void;
  #giveUp!: (error: Error) => void;

  /**
   * Starts a worker.
   * @param program its address
   * @param settings where the library finds what it needs: see `platform/browser/environment.ts` in the library
   */
  constructor(program: string, settings: Record<string, string>) {
    this.#worker = new Worker(program, { type: 'module' });
    this.#ready = new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#worker.addEventListener('message', ({ data }: MessageEvent<News>) => {
        if (data.kind === 'ready') resolve();
        else this.#hear(data);
      });
      this.#worker.addEventListener('error', (event) => {
        const error = new Error(event.message || 'the program that runs cells could not be loaded');
        reject(error);
        this.#fail?.(error);
      });
    });
    this.#ready.catch(() => {}); // whoever runs a cell is told
    this.#send({ kind: 'start', settings });
  }

  /**
   * Runs a cell to its end.
   * @returns what went wrong in it, if anything did
   * @throws {Ended} when the session was ended meanwhile
   * @throws {Error} when the worker could not be started
   */
  async run(cell: string, source: string, listener: Listener): Promise<Fault | undefined> {
    await this.#ready;
    this.#listeners.set(cell, listener);
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
      this.#send({ kind: 'run', cell, source });
    });
  }

  /** Ends the library's loops after the step that they are in. A loop of one's own goes on: {@link end} ends it. */
  stop(): void {
    // Not before the cell that it is meant for.
    this.#ready.then(
      () => this.#send({ kind: 'stop' }),
      () => {},
    );
  }

  /** Ends the worker; what its cells have computed is lost. */
  end(): void {
    this.#worker.terminate();
    const ended = new Ended('the session was ended');
    this.#giveUp(ended);
    this.#fail?.(ended);
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
  }

  #hear(news: Exclude<News, { kind: 'ready' }>): void {
    const listener = this.#listeners.get(news.cell);
    if (news.kind === 'printed') listener?.printed(news.name, news.text);
    else if (news.kind === 'shown') listener?.shown(news.data, news.id, news.update);
    else this.#finish?.(news.kind === 'failed' ? news.fault : undefined);
  }
}
