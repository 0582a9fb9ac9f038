import { giveWay, offStop, onStop } from '#platform/turns.js';

/**
 * Thrown by a loop of the library after the reader has pressed stop: the step in progress has ended, its results are
 * usable.
 */
export class Interrupted extends Error {
  /**
   * What a stopped loop throws.
   * @param message what the reader is told
   */
  constructor(message = 'Stopped: the last finished step is kept.') {
    super(message);
    this.name = 'Interrupted';
  }
}

/** A running loop's ear for the stop button. */
export interface StopListener {
  /** Gives way to the event loop (so that outputs appear), then throws {@link Interrupted} if stop was pressed. */
  turn(): Promise<void>;
  /** Ends the listening. Every loop calls it in `finally`. */
  close(): void;
}

/** One loop that listens. */
interface Ear {
  stopped: boolean;
}

/** The loops that are listening. */
interface Loops {
  readonly listening: Set<Ear>;
  readonly active: number;
}

/** What the kernel's launcher reads, so that it waits for them after a stop: one list, however often this is loaded. */
const shared = globalThis as { [key: symbol]: Loops | undefined };
const loops = (shared[Symbol.for('naive-diffusion.loops')] ??= {
  listening: new Set<Ear>(),
  get active(): number {
    return this.listening.size;
  },
});

function hear(): void {
  for (const ear of loops.listening) ear.stopped = true;
}

function close(ear: Ear): void {
  loops.listening.delete(ear);
  if (loops.listening.size === 0) offStop(hear);
}

/** Nobody closes the ear of a generator that was begun and then dropped: it goes with the generator. */
const dropped = new FinalizationRegistry(close);

/**
 * Listens for SIGINT (the stop button of a notebook, Ctrl-C in a terminal) until closed; in a page or its worker for
 * the event `naive-diffusion-stop`: `dispatchEvent(new Event('naive-diffusion-stop'))`.
 * Only the first SIGINT is caught: a second one has its usual effect, so that a stuck script can still be ended.
 */
export function listenForStop(): StopListener {
  const ear: Ear = { stopped: false };
  onStop(hear);
  loops.listening.add(ear);
  const listener: StopListener = {
    async turn() {
      await giveWay();
      if (ear.stopped) throw new Interrupted();
    },
    close() {
      dropped.unregister(ear);
      close(ear);
    },
  };
  dropped.register(listener, ear, ear);
  return listener;
}

/**
 * Counts 0, 1, … n − 1 with the manners of the library's own loops: after each step outputs may appear, and stop ends
 * the loop.
 *
 * ```ts
 * for await (const step of loop(1000)) optimizer.minimize(() => loss());
 * ```
 * @throws {RangeError} at once, when `n` is not a number of at least 0
 * @throws {Interrupted} at the end of the step during which stop was pressed
 */
export function loop(n: number): AsyncGenerator<number, void, void> {
  if (!(n >= 0)) throw new RangeError(`loop: n must be a number of at least 0, got ${n}`);
  return count(n);
}

async function* count(n: number): AsyncGenerator<number, void, void> {
  const stop = listenForStop();
  try {
    for (let i = 0; i < n; i++) {
      yield i;
      await stop.turn();
    }
  } finally {
    stop.close();
  }
}
