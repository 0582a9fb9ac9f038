/**
 * Thrown by a loop of the library after the reader has pressed stop: the step in progress has ended, its results are
 * usable.
 */
export class Interrupted extends Error {
  /** With what the reader is told. */
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

/** What the kernel's launcher reads: how many loops are listening, so that it waits for them after a stop. */
const loops: { active: number } = ((globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.loops')] ??= {
  active: 0,
}) as { active: number };

/**
 * Listens for SIGINT (the stop button of a notebook, Ctrl-C in a terminal) until closed.
 * Only the first SIGINT is caught: a second one has its usual effect, so that a stuck script can still be ended.
 */
export function listenForStop(): StopListener {
  let stopped = false;
  let open = true;
  const onSignal = () => {
    stopped = true;
  };
  process.once('SIGINT', onSignal);
  loops.active++;
  return {
    async turn() {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      if (stopped) throw new Interrupted();
    },
    close() {
      if (!open) return;
      open = false;
      loops.active--;
      process.removeListener('SIGINT', onSignal);
    },
  };
}

/**
 * Counts 0, 1, … n − 1 with the manners of the library's own loops: after each step outputs may appear, and stop ends
 * the loop.
 *
 * ```ts
 * for await (const step of loop(1000)) optimizer.minimize(() => loss());
 * ```
 * @throws {Interrupted} at the end of the step during which stop was pressed
 */
export async function* loop(n: number): AsyncGenerator<number, void, void> {
  if (!(n >= 0)) throw new RangeError(`loop: n must be a number of at least 0, got ${n}`);
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
