/** A clock in milliseconds. */
export type Clock = () => number;

/** Lets an action happen at most once in `interval` milliseconds. */
export class Throttle {
  readonly #interval: number;
  readonly #now: Clock;
  #last = -Infinity;

  constructor(interval: number, now: Clock = Date.now) {
    this.#interval = interval;
    this.#now = now;
  }

  /** Whether it is time again; if so, the interval starts anew. */
  due(): boolean {
    const now = this.#now();
    if (now - this.#last < this.#interval) return false;
    this.#last = now;
    return true;
  }
}

/** Seconds as a person says them: `40 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const minutes = Math.round(s / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/**
 * A duration that comes out the same for runs that took nearly as long: to 10 seconds below two minutes, else to whole
 * minutes.
 */
export function roundedDuration(seconds: number): string {
  if (seconds < 5) return 'a few seconds';
  return duration(seconds < 120 ? Math.max(10, 10 * Math.round(seconds / 10)) : 60 * Math.round(seconds / 60));
}
